"""From a pick to an example that is ready for the model; runs in the data workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

from ..errors import DataError, MediaError, RequestError
from ..geometry import Geometry
from ..payloads import Example
from ..source import DataSource, Row
from ..task import Task
from .cut import crop_row
from .cut_start import AT_RANDOM
from .mixture import Pick
from .ready_latents import with_ready_latent
from .records import PreparedExample


class Prepare(Protocol):
    """What turns examples into tensors: `AudioOmniModel.prepare`."""

    def __call__(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return the prepared example; ``key`` names it in caches."""
        ...


@dataclass(frozen=True)
class Skipped:
    """A row that is broken.

    Attributes:
        reason: class of the error, for counting.
        message: names the source, the row and what is wrong.
    """

    reason: str
    message: str


class PickDataset(Dataset[PreparedExample | Skipped]):
    """Reads the row of a pick, as the task of its source, cut to the model's clip.

    Args:
        sources: open sources, in the order of the mixture.
        tasks: the task of each.
        prepare: `AudioOmniModel.prepare`, or what does the same.
        geometry: rate and clip length of the model; `None` leaves rows whole, as a question
            about a clip must.
        crop: what to do with clips that are longer, see `LoaderConfig.crop`.
        seed: of random crops.
        codec: key of the model's codec, for sources that bring latents; see `ready_latents`.
    """

    def __init__(
        self,
        sources: Sequence[DataSource],
        tasks: Sequence[Task[Any]],
        prepare: Prepare,
        *,
        geometry: Geometry | None,
        crop: str = "random",
        seed: int = 0,
        codec: str | None = None,
    ) -> None:
        """Keep everything; audio is opened when a pick is read."""
        self.sources = list(sources)
        self.tasks = list(tasks)
        self.prepare = prepare
        self.geometry = geometry
        self.crop = crop
        self.seed = seed
        self.codec = codec
        self.digests = [source.digest() for source in self.sources]

    def __getitem__(self, pick: Pick) -> PreparedExample | Skipped:
        """Return the example of a pick, or why there is none; a broken row is never replaced."""
        try:
            return self.read(pick)
        except (DataError, MediaError, RequestError) as failure:
            where = f"Source {pick.source} ({self.tasks[pick.source].name}), row {pick.row}"
            return Skipped(type(failure).__name__, f"{where}: {failure}")

    def row(self, pick: Pick) -> Row:
        """Return the row of a pick as its source words it in that epoch, not cut yet.

        Raises:
            DataError: if the row is broken.
        """
        source = self.sources[pick.source]
        return source.row_in_epoch(pick.row, epoch=pick.epoch, seed=self.seed)

    def read(self, pick: Pick) -> PreparedExample:
        """Return the prepared example of a pick.

        Its key is `None` after a crop at random: the same crop hardly ever comes again, and keeping
        each would fill the disk.

        Raises:
            DataError, MediaError, RequestError: if the row is broken or does not fit the task.
        """
        task = self.tasks[pick.source]
        whole = row = self.row(pick)
        key: str | None = f"{task.name}/{self.digests[pick.source]}/{row.id}"
        if self.geometry is not None:
            rng = np.random.default_rng([self.seed, pick.source, pick.draw])
            cut = crop_row(row, self.geometry, self.crop, rng)
            if cut.fields is not row.fields:  # it was cut
                key = None if self.crop in AT_RANDOM else f"{key}@{self.geometry.clip_samples}"
            row = cut
        example = task.to_example(row)
        _check_learnable(example, row.id, wanted="target" if self.geometry else "answer")
        prepared = self.prepare(example, key)
        if self.geometry is None:
            return prepared
        return with_ready_latent(
            prepared,
            whole=whole,
            cut=row,
            example=example,
            codec=self.codec,
            geometry=self.geometry,
        )


def _check_learnable(example: Example, row: str, wanted: str) -> None:
    """Raise DataError unless an example has what is to be learned: ``target`` or ``answer``."""
    if getattr(example, wanted) is None:
        what, field = {"target": ("target audio", "audio"), "answer": ("answer", "answer")}[wanted]
        raise DataError(
            f"Row '{row}' has no {what}; training needs one. Name it in the field '{field}', or "
            "map one to it in the source's field_map."
        )
