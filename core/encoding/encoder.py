"""The frozen part of a model at work on the rows of a mixture; one for each process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..catalog import Catalog
from ..data.dataset import PickDataset, Skipped
from ..data.mixture import Pick
from ..data.packing import pack
from ..data.ready_latents import codec_of_latents
from ..data.records import EncodedExample, PreparedExample
from ..data.uri import open_source
from ..errors import ConfigError
from ..models.audio_omni import AudioOmniModel
from ..models.build import build_model
from ..models.identify import identify_codec
from ..recipe import Recipe
from ..task import build_task
from ..wording import load_wording
from .codec import fill_codec
from .index import Entry
from .shard import EncodedRow, Record, write_shard

TOGETHER = 32
"""Rows that are encoded side by side; the last bits of a latent may hang on it."""

OnRows = Callable[[int], None]


@dataclass(frozen=True)
class Job:
    """All that a process needs to know to encode shards; can be pickled.

    Attributes:
        id: of the run of the command; a process keeps what it has opened for it.
        recipe: whose frozen part encodes.
        folder: where shards go; the same in all processes.
        entries: all entries, in the order of their crops' seeds.
        open_catalog: returns the plugins, anew in each process.
        device: where the frozen networks run.
        half: whether floating-point values are stored as float16.
    """

    id: str
    recipe: Recipe
    folder: Path
    entries: Sequence[Entry]
    open_catalog: Callable[[], Catalog]
    device: str
    half: bool


def build_frozen(recipe: Recipe, catalog: Catalog, device: torch.device) -> AudioOmniModel:
    """Return a recipe's model with codec and conditioners, and without its transformer.

    Raises:
        ConfigError: for a conditioner whose features depend on more than the row.
        UnknownNameError, PluginError, CheckpointError: as the model is built.
    """
    for weights, use in recipe.model.conditioners.items():
        if not catalog.conditioners.get(use.name).cacheable:
            raise ConfigError(
                f"Conditioner '{weights}' ({use.name}) makes features that depend on more than "
                "the row (cacheable=False), so they cannot be made ahead. Leave it out."
            )
    model = build_model(recipe.model, catalog, recipe.seed, draw=False)
    fill_codec(model.codec, recipe)
    for part in (model.codec, *model.conditioners.values()):
        part.to(device)
    model.offload_to(device)  # the transformer has no device that could say where to compute
    return model


class Encoder:
    """Renders and encodes rows, and writes them as shards."""

    def __init__(self, job: Job, catalog: Catalog, model: AudioOmniModel) -> None:
        """Open the sources; ``model`` is from `build_frozen`.

        Raises:
            AudioOmniError: as they are opened.
            ConfigError: if one brings latents, and none of the model's codec.
        """
        recipe = job.recipe
        self.job = job
        self.model = model
        wording = load_wording(Path(recipe.model.wording) if recipe.model.wording else None)
        self.sources = [open_source(e.uri, e.options, catalog) for e in job.entries]
        self.dataset = PickDataset(
            self.sources,
            [build_task(catalog, entry.task, wording) for entry in job.entries],
            self.model.prepare,
            geometry=self.model.geometry,
            crop=recipe.loader.crop,
            seed=recipe.seed,
            codec=codec_of_latents(
                self.sources, lambda: identify_codec(model.codec, recipe.model.codec, catalog)
            ),
        )

    def write(self, entry: int, number: int, rows: range, on_rows: OnRows | None = None) -> Record:
        """Encode the rows of a shard and write it.

        Args:
            entry: number of the entry.
            number: of the shard.
            rows: its rows.
            on_rows: called with how many more rows are done.

        Raises:
            DataError: if it cannot be written.
        """
        folder = self.job.folder / self.job.entries[entry].folder
        with one_thread():
            return write_shard(folder, number, rows, self._encoded(entry, rows, on_rows))

    def _encoded(self, entry: int, rows: range, on_rows: OnRows | None) -> Iterator[EncodedRow]:
        for start in range(0, len(rows), TOGETHER):
            numbers = rows[start : start + TOGETHER]
            items = [self.dataset[Pick(entry, row, draw=row)] for row in numbers]
            whole = [item for item in items if not isinstance(item, Skipped)]
            encoded = iter(self.model.encode(whole) if whole else ())
            for row, item in zip(numbers, items, strict=True):
                if isinstance(item, Skipped):
                    message = item.message.partition(": ")[2]
                    yield EncodedRow(row, broken=(item.reason, message))
                else:
                    yield self._row(entry, row, item, next(encoded))
            if on_rows is not None:
                on_rows(len(numbers))

    def _row(
        self, entry: int, number: int, prepared: PreparedExample, encoded: EncodedExample
    ) -> EncodedRow:
        row = self.dataset.row(Pick(entry, number, draw=number))
        key = f"{self.dataset.tasks[entry].name}/{self.dataset.digests[entry]}/{row.id}"
        kept = replace(encoded, key=encoded.key or f"{key}@{number}")
        values: dict[str, Any] = {name: getattr(kept, name) for name in ENCODED}
        values["features"] = dict(kept.features)
        return EncodedRow(
            number,
            packed=pack(values, f"Row '{row.id}'", half=self.job.half),
            fields={
                "id": row.id,
                "licence": row.licence,
                "attribution": row.attribution,
                "fields": dict(row.fields),
            },
            is_cut=prepared.key != key,
        )


ENCODED = ("task", "key", "samples", "latent", "features", "skip")
"""Fields of `EncodedExample` that a shard keeps."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread in this block: processes are what runs side by side.

    The last bits of a sum may hang on the number of threads; shards are the same bytes however
    many processes make them.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


_encoders: dict[str, Encoder] = {}


def write_in_process(job: Job, entry: int, number: int, rows: range) -> Record:
    """Write a shard with what this process keeps open for a job; runs in other processes."""
    if job.id not in _encoders:
        _encoders.clear()
        catalog = job.open_catalog()
        model = build_frozen(job.recipe, catalog, torch.device(job.device))
        _encoders[job.id] = Encoder(job, catalog, model)
    return _encoders[job.id].write(entry, number, rows)
