"""A run that learns from rows which were encoded ahead of it (``loader.encoded``)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..data.config import SourceUseConfig
from ..data.dataset import PickDataset
from ..data.mixture import Pick
from ..data.records import EncodedExample, PreparedExample
from ..data.uri import expand, open_source
from ..encoding.frozen_part import CODEC, check_same_part, frozen_part
from ..encoding.index import INDEX, KEPT, EncodedIndex, Entry, read_index
from ..encoding.plan import check_same_weights, weights_of
from ..encoding.reading import EncodedRows
from ..errors import ConfigError, DataError
from ..models.audio_omni import AudioOmniModel
from ..models.brought_along import BroughtAlong
from ..models.build import build_model
from ..models.codec_left_out import CodecLeftOut
from ..models.config import ModelConfig
from ..recipe import Recipe
from ..source import DataSource, Row
from .checkpoint import SUFFIX
from .checkpoint_files import read_tensors
from .output import learned_output

logger = logging.getLogger("audio_omni.encoding")


class EncodedMixture:
    """Which sources of a mixture come encoded, and what a run does not have to load for them.

    Attributes:
        folder: where the shards are.
        index: what the folder says of itself.
        entries: for each source of the mixture, its rows; `None` for one that is encoded live.
    """

    def __init__(
        self, folder: Path, index: EncodedIndex, entries: Sequence[EncodedRows | None]
    ) -> None:
        """Keep everything; see `open_encoded`."""
        self.folder = folder
        self.index = index
        self.entries = list(entries)

    @property
    def is_whole(self) -> bool:
        """Return whether all sources of the mixture come encoded."""
        return None not in self.entries

    @property
    def tags(self) -> dict[str, str]:
        """Return what trackers keep of it."""
        return {"encoded.folder": str(self.folder), "encoded.frozen": self.index.frozen_sha256}

    def reading(self, dataset: PickDataset) -> PickDataset:
        """Return a dataset that reads encoded rows, and leaves others to ``dataset``."""
        return EncodedPicks(dataset, self.entries)

    def build_model(self, config: ModelConfig, catalog: Catalog, seed: int) -> AudioOmniModel:
        """Return a model without codec and frozen networks; what is trained begins the same.

        Raises:
            CheckpointError: if what checkpoints hold of the codec is missing or damaged.
        """
        sizes = self.index.codec.model_dump(exclude={"has_weights"})
        file = None
        if self.index.codec.has_weights:
            self._tensors(CODEC)  # a checkpoint will need them: a damaged file is told of here
            file = self._kept(CODEC)
        codec = CodecLeftOut(**sizes, file=file)
        left_out = [name for name in self.index.left_out if name in config.conditioners]
        model = build_model(config, catalog, seed, codec=codec, left_out=left_out)
        logger.info("Learns from %s, without codec and %s.", self.folder, ", ".join(left_out))
        return model

    def check(self, model: AudioOmniModel) -> None:
        """Raise ConfigError if a model that has its frozen networks has others than the rows'."""
        if not model.left_out:
            check_same_weights(self.index, weights_of(model), self.folder)

    def luggage(self, parts: Sequence[BroughtAlong], model: AudioOmniModel) -> list[BroughtAlong]:
        """Return what checkpoints bring along, with the weights that were kept with the rows.

        Raises:
            CheckpointError: if a file of them is missing or damaged.
        """
        return [
            replace(part, tensors=self._tensors(part.component))
            if part.conditioner in model.left_out
            else part
            for part in parts
        ]

    def _tensors(self, component: str) -> Mapping[str, Any]:
        return read_tensors(self._kept(component), self.index.kept[component])

    def _kept(self, component: str) -> Path:
        return self.folder / KEPT / f"{component}{SUFFIX}"


class EncodedSource(DataSource):
    """Stands where a source does in a mixture, and knows its size; rows are read encoded."""

    def __init__(self, entry: Entry) -> None:
        """Keep the entry."""
        self.entry = entry

    def __len__(self) -> int:
        return self.entry.rows

    def row(self, index: int) -> Row:
        """Raise DataError: the row itself is elsewhere."""
        raise DataError(
            f"{self.entry.name} is read encoded, and has no row {index} to hear. Leave out "
            "loader.encoded to open the source itself."
        )

    def digest(self) -> str:
        """Return the source's digest when it was encoded."""
        return self.entry.digest

    def licences(self) -> tuple[str, ...]:
        """Return the source's licences when it was encoded."""
        return tuple(self.entry.licences)


class EncodedPicks(PickDataset):
    """Reads encoded rows where there are any, and the others as `PickDataset` does."""

    def __init__(self, live: PickDataset, entries: Sequence[EncodedRows | None]) -> None:
        """Take what ``live`` has."""
        vars(self).update(vars(live))
        self.entries = list(entries)

    def read(self, pick: Pick) -> PreparedExample | EncodedExample:  # type: ignore[override]
        """Return the example of a pick; what is random about a crop was drawn when it was encoded.

        Raises:
            DataError, MediaError, RequestError: if the row or the shard is broken.
        """
        rows = self.entries[pick.source]
        return super().read(pick) if rows is None else rows.example(pick.row)


def open_sources(
    uses: Sequence[SourceUseConfig], catalog: Catalog, encoded: EncodedMixture | None
) -> list[DataSource]:
    """Return the sources of a mixture; those that come encoded are not opened themselves.

    Raises:
        ConfigError, UnknownNameError, DataError: as `open_source`.
    """
    rows = [None] * len(uses) if encoded is None else encoded.entries
    return [
        open_source(use.uri, use.options, catalog) if own is None else EncodedSource(own.entry)
        for use, own in zip(uses, rows, strict=True)
    ]


def open_encoded(recipe: Recipe, catalog: Catalog) -> EncodedMixture | None:
    """Return the encoded rows that a recipe names, or `None` if it names none.

    Raises:
        ConfigError: if they were encoded for another model, or the folder lacks a source of the
            mixture or rows of one (``loader.encoded_missing: live`` lets those be encoded as they
            are drawn), or has no encoded rows at all.
        DataError: if a shard is missing, damaged or cut off.
    """
    loader = recipe.loader
    if loader.encoded is None:
        return None
    if learned_output(recipe, catalog) == "text":
        raise ConfigError(
            "loader.encoded is for models that make audio; this recipe trains a language model, "
            "of which nothing is frozen. Leave it out."
        )
    if loader.pool_folder is not None:
        raise ConfigError(
            "Both loader.encoded and loader.pool_folder are set, and each keeps encoded rows on "
            "disk. Leave one out; a pool (loader.pool) is filled from the encoded rows."
        )
    folder = Path(expand(loader.encoded, "loader.encoded")).expanduser()
    index = read_index(folder)
    if index is None:
        raise ConfigError(
            f"loader.encoded: {folder} holds no {INDEX}; expected a folder that `audio-omni data "
            "encode RECIPE -o FOLDER` has written."
        )
    part = frozen_part(recipe, catalog, has_weights=index.codec.has_weights)
    check_same_part(index.frozen, part, folder)
    found = [_entry_of(i, use, catalog, index) for i, use in enumerate(recipe.mixture.sources)]
    missing = [problem for problem in found if isinstance(problem, str)]
    if missing and loader.encoded_missing == "error":
        held = ", ".join(entry.name for entry in index.entries)
        raise ConfigError(
            f"{folder} does not hold all rows of the mixture: {'; '.join(missing)}. It holds "
            f"{held}. Run audio-omni data encode with this recipe and folder, which adds them, or "
            "set loader.encoded_missing to live to encode them as they are drawn."
        )
    for problem in missing:
        logger.warning("Encoded as they are drawn: %s.", problem)
    rows = [
        EncodedRows(folder, e, index.shard_rows) if isinstance(e, Entry) else None for e in found
    ]
    return EncodedMixture(folder, index, rows)


def _entry_of(
    number: int, use: SourceUseConfig, catalog: Catalog, index: EncodedIndex
) -> Entry | str:
    """Return the entry of a source in a mixture, or what is wrong with it."""
    task = catalog.tasks.get(use.task).name
    entry = index.find(use, task)
    if entry is None:
        as_other = [own.task for own in index.entries if own.uri == use.uri and own.task != task]
        hint = f" (encoded as {', '.join(as_other)})" if as_other else ""
        return f"{use.uri} as {task} is not there with these options{hint}"
    wanted = min(entry.source_rows, use.max_rows or entry.source_rows)
    if entry.rows < wanted:
        return (
            f"{use.uri} as {task} has {entry.rows} of its {wanted} rows there (set "
            f"mixture.sources.{number}.max_rows to {entry.rows} for no more)"
        )
    return entry
