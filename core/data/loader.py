"""Batches in the order of the mixture, whatever the number of workers."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader

from ..errors import DataError
from .broken_rows import too_many_broken
from .config import LoaderConfig
from .dataset import PickDataset, Skipped
from .mixture import Mixture, Pick
from .records import Batch, Part

ALL = Part()

logger = logging.getLogger("audio_omni.data")


class BatchLoader:
    """Iterates over batches: plans them here, reads them in workers.

    Broken rows make their batch smaller; they are told of and counted, and more than
    ``max_skipped`` of them stop the run: here if all of a batch is read here, else `Stepper` counts
    those of all processes. A batch of which nothing is left is left out, unless others have the
    rest of it.

    Attributes:
        skipped: number of broken rows so far, by reason.
    """

    def __init__(
        self,
        dataset: PickDataset,
        mixture: Mixture,
        config: LoaderConfig,
        *,
        start_step: int = 0,
        steps: int | None = None,
        part: Part = ALL,
    ) -> None:
        """Keep everything; reading starts with the iteration.

        Args:
            dataset: reads picks.
            mixture: plans batches; its counters run ahead of what was consumed.
            config: batch size, workers, ceiling of broken rows.
            start_step: number of the first step.
            steps: how many steps to plan; `None` goes on for ever.
            part: which examples of every batch are read here.
        """
        self.dataset = dataset
        self.mixture = mixture
        self.config = config
        self.start_step = start_step
        self.steps = steps
        self.part = part
        self.skipped: Counter[str] = Counter()
        self._last = ""
        self._planned: deque[tuple[int, dict[str, Any], list[int]]] = deque()
        self._end: DataError | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches.

        Raises:
            DataError: after more than ``max_skipped`` broken rows where all of a batch is read
                here, or when the mixture is exhausted.
        """
        self._planned.clear()
        self._end = None
        reader: DataLoader[Any] = DataLoader(
            self.dataset,
            batch_sampler=self._plan(),
            num_workers=self.config.workers,
            collate_fn=list,
            generator=torch.Generator(),  # else each iteration draws from the global state
        )
        for items in reader:
            step, state, places = self._planned.popleft()
            self._count([item for item in items if isinstance(item, Skipped)])
            whole = [i for i, item in enumerate(items) if not isinstance(item, Skipped)]
            if whole or self.part.of > 1:
                examples, own = [items[i] for i in whole], [places[i] for i in whole]
                yield Batch(step, examples, state, own, dict(self.skipped), self._last)
        if self._end is not None:
            raise self._end

    def _plan(self) -> Iterator[list[Pick]]:
        step = self.start_step
        while self.steps is None or step < self.start_step + self.steps:
            try:
                picks = self.mixture.plan(step, self.config.batch_size)
            except DataError as failure:
                self._end = failure  # batches that are being read come first
                return
            places = self.part.places(len(picks))
            self._planned.append((step, self.mixture.state_dict(), places))
            yield [picks[place] for place in places]
            step += 1

    def _count(self, broken: list[Skipped]) -> None:
        most = self.config.max_skipped
        for item in broken:
            self.skipped[item.reason] += 1
            self._last = item.message
            count = self.skipped.total()
            if self.part.of > 1:
                logger.warning("A broken row is skipped, %d here. %s", count, item.message)
                continue
            if count > most:
                raise too_many_broken(self.skipped, most, [item.message])
            logger.warning(
                "A broken row is skipped, %d of at most %d. %s", count, most, item.message
            )
