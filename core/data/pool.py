"""A pool: rows rendered and encoded once, before training, and kept in memory.

Training from a pool needs neither the data workers, nor the codec's encoder, nor any frozen
network; a step is then the transformer's alone. What it costs is variety: a source gives the
first ``max_rows`` of its rows, each with one crop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader

from ..errors import ConfigError, DataError
from .config import LoaderConfig
from .dataset import PickDataset, Skipped
from .example_cache import ExampleCache
from .loader import ALL
from .mixture import Mixture, Pick
from .records import Batch, EncodedExample, Part, PreparedExample

Encode = Callable[[Sequence[PreparedExample]], list[EncodedExample]]
OnProgress = Callable[[int, int], None]

MOST_EXAMPLES = 200_000
ENCODE_TOGETHER = 32


class ExamplePool:
    """Encoded examples by (source, row); built once, then only read."""

    def __init__(self, examples: dict[tuple[int, int], EncodedExample]) -> None:
        """Keep the examples."""
        self.examples = examples

    @classmethod
    def build(
        cls,
        dataset: PickDataset,
        mixture: Mixture,
        encode: Encode,
        *,
        cache: ExampleCache | None = None,
        workers: int = 0,
        on_progress: OnProgress | None = None,
    ) -> ExamplePool:
        """Render and encode every row that the mixture can draw.

        Args:
            dataset: reads picks.
            mixture: says how many rows each source gives.
            encode: `AudioOmniModel.encode`.
            cache: where examples are looked up first and kept; left out: memory only.
            workers: processes that render.
            on_progress: called with (rows done, rows in all).

        Raises:
            ConfigError: if the rows are too many to keep; says how to bound them.
            DataError: for a broken row; pools have no other to take its place.
        """
        picks = [
            Pick(source, row, draw=row)  # as if drawn in order: each is cut at a place of its own
            for source, count in enumerate(mixture.rows)
            for row in range(count)
        ]
        if len(picks) > MOST_EXAMPLES:
            raise ConfigError(
                f"A pool of {len(picks)} examples is too large to keep in memory; expected at "
                f"most {MOST_EXAMPLES}. Set max_rows on the mixture's sources, or loader.pool to "
                "false."
            )
        kept = ExampleCache() if cache is None else cache
        keys = {pick: _key(dataset, pick) for pick in picks}
        missing = [pick for pick in picks if keys[pick] not in kept]
        done = len(picks) - len(missing)
        for batch, prepared in _read(dataset, missing, workers):
            for pick, encoded in zip(batch, encode(prepared), strict=True):
                kept.put(own_memory(replace(encoded, key=keys[pick])))
            done += len(batch)
            if on_progress is not None:
                on_progress(done, len(picks))
        kept.flush()
        examples = {
            (pick.source, pick.row): example
            for pick in picks
            if (example := kept.get(keys[pick])) is not None
        }
        return cls(examples)

    def __len__(self) -> int:
        return len(self.examples)

    def get(self, picks: Sequence[Pick]) -> list[EncodedExample]:
        """Return the examples of some picks."""
        return [self.examples[pick.source, pick.row] for pick in picks]


class PoolLoader:
    """Iterates over batches of a pool in the order of the mixture; interface of `BatchLoader`."""

    def __init__(
        self,
        pool: ExamplePool,
        mixture: Mixture,
        config: LoaderConfig,
        *,
        start_step: int = 0,
        steps: int | None = None,
        part: Part = ALL,
    ) -> None:
        """Keep everything; arguments as in `BatchLoader`."""
        self.pool = pool
        self.mixture = mixture
        self.config = config
        self.start_step = start_step
        self.steps = steps
        self.part = part

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches."""
        step = self.start_step
        while self.steps is None or step < self.start_step + self.steps:
            picks = self.mixture.plan(step, self.config.batch_size)
            places = self.part.places(len(picks))
            examples = self.pool.get([picks[place] for place in places])
            yield Batch(step, examples, self.mixture.state_dict(), places)
            step += 1


def _key(dataset: PickDataset, pick: Pick) -> str:
    """Return what names a row in caches: its task, its source's digest, its number."""
    return f"{dataset.tasks[pick.source].name}/{dataset.digests[pick.source]}/{pick.row}"


def own_memory(example: EncodedExample) -> EncodedExample:
    """Return the example with tensors that hold no memory but their own.

    What comes from a batch or a worker is a view into memory that many examples share (and that
    a file descriptor may hold); keeping one would keep it all. A tensor that fills its memory
    stays: a feature that several examples have in common is held once.
    """
    latent = None if example.latent is None else _owned(example.latent)
    features = {name: _owned(value) for name, value in example.features.items()}
    return replace(example, latent=latent, features=features)


def _owned(value: Any) -> Any:
    if isinstance(value, Tensor):
        whole = value.nbytes == value.untyped_storage().nbytes() and not value.is_shared()
        return value if whole else value.clone()
    if isinstance(value, Mapping):
        return {key: _owned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_owned(item) for item in value)
    return value


def _read(
    dataset: PickDataset, picks: Sequence[Pick], workers: int
) -> Iterator[tuple[list[Pick], list[PreparedExample]]]:
    batches = [list(picks[i : i + ENCODE_TOGETHER]) for i in range(0, len(picks), ENCODE_TOGETHER)]
    reader: DataLoader[Any] = DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=list,
    )
    for batch, items in zip(batches, reader, strict=True):
        for item in items:
            if isinstance(item, Skipped):
                raise DataError(f"A pool cannot hold a broken row. {item.message}")
        yield batch, items
