"""What a folder of encoded rows says of itself: ``encoded.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from ..config import Config, parse_config
from ..data.config import SourceUseConfig
from ..errors import DataError
from ..whole_file import write_whole

FORMAT = "audio-omni-encoded-1"
INDEX = "encoded.json"
KEPT = "kept"
"""Folder with what checkpoints hold of the frozen part: it is not in memory to be saved from."""


class Shard(NamedTuple):
    """Which rows make a shard: number of their entry, number of the shard, rows of the source."""

    entry: int
    number: int
    rows: range


class Entry(Config):
    """Rows of one source, encoded as one task.

    Two entries of a mixture that differ in nothing else than their shares are one entry here.
    """

    folder: str = Field(description="Where its shards are.")
    uri: str = Field(description="As in the recipe, variables unexpanded.")
    task: str = Field(description="The task's own name.")
    options: dict[str, Any] = Field(description="Options of the source, as in the recipe.")
    digest: str = Field(description="Of the source, when it was encoded.")
    licences: list[str] = Field(description="Distinct licences of its rows.")
    source_rows: int = Field(description="Rows that the source has.")
    rows: int = Field(description="Its first so many rows are encoded.")

    @property
    def name(self) -> str:
        """Return what messages call it."""
        return f"{self.uri} as {self.task}"

    def is_of(self, use: SourceUseConfig, task: str) -> bool:
        """Tell whether an entry of a mixture, whose task has the name ``task``, is this one."""
        own, others = _plain(self.options), _plain(use.options)
        return (self.uri, self.task, own) == (use.uri, task, others)

    def shards(self, shard_rows: int) -> list[range]:
        """Return the rows of each shard."""
        starts = range(0, self.rows, shard_rows)
        return [range(start, min(start + shard_rows, self.rows)) for start in starts]


class CodecFacts(Config):
    """What a run has to know of a codec that it does not load."""

    sample_rate_hz: int = Field(description="As of `Codec`.")
    channels: int = Field(description="As of `Codec`.")
    hop: int = Field(description="As of `Codec`.")
    latent_dim: int = Field(description="As of `Codec`.")
    has_weights: bool = Field(description="Whether checkpoints hold weights of it.")


class EncodedIndex(Config):
    """All that is true of the whole folder."""

    format: str = Field(description="Version of the layout.")
    frozen: dict[str, Any] = Field(description="What decided features; see `frozen_part`.")
    frozen_sha256: str = Field(description="Hash of that.")
    weights: dict[str, str] = Field(
        description="Digests of the values of frozen weights: the codec's, and by conditioner."
    )
    codec: CodecFacts = Field(description="Sizes of the codec.")
    left_out: list[str] = Field(description="Conditioners whose networks a run does not need.")
    kept: dict[str, str] = Field(description="Components in the folder `kept`: sha256 of each.")
    seed: int = Field(description="Of random crops.")
    half: bool = Field(description="Whether floating-point values are stored as float16.")
    shard_rows: int = Field(gt=0, description="Rows of a shard.")
    made_with: dict[str, str] = Field(description="Versions, for people.")
    entries: list[Entry] = Field(description="What is encoded.")

    def shards(self) -> list[Shard]:
        """Return all shards, entry by entry."""
        return [
            Shard(number, shard, rows)
            for number, entry in enumerate(self.entries)
            for shard, rows in enumerate(entry.shards(self.shard_rows))
        ]

    def find(self, use: SourceUseConfig, task: str) -> Entry | None:
        """Return the entry of a use in a mixture, or `None`."""
        return next((entry for entry in self.entries if entry.is_of(use, task)), None)


def _plain(options: Mapping[str, Any]) -> str:
    return json.dumps(options, sort_keys=True, default=str)


def read_index(folder: Path) -> EncodedIndex | None:
    """Return the index of a folder, or `None` where there is none.

    Raises:
        DataError: if it is damaged, or of another version.
    """
    path = folder / INDEX
    if not path.is_file():
        return None
    try:
        values = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as failure:
        raise DataError(
            f"{path} cannot be read ({failure}). Encode into another folder."
        ) from failure
    if values.get("format") != FORMAT:
        raise DataError(
            f"{path} has the format {values.get('format')!r}; this version of audio-omni reads "
            f"{FORMAT!r}. Encode the rows again, into another folder."
        )
    return parse_config(EncodedIndex, values, where=str(path), error=DataError)


def write_index(folder: Path, index: EncodedIndex) -> None:
    """Write the index whole.

    Raises:
        WriteError: if the disk is full or the folder cannot be written.
    """
    text = json.dumps(index.model_dump(mode="json"), indent=1, sort_keys=True)
    write_whole(folder / INDEX, text.encode())
