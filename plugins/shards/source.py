"""The source ``webdataset:``: rows of tar shards, reached by number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ...core.data.entry_source import AUDIO, VIDEO, EntrySource
from ...core.data.manifest_entries import entries_of
from ...core.data.manifest_options import ManifestOptions
from ...core.errors import DataError
from .index import Member, Sample, read_index
from .media import ShardMedia
from .paths import shard_paths

SOUNDS = frozenset({"flac", "wav", "mp3", "ogg", "opus", "m4a", "aac"})
FILMS = frozenset({"mp4", "mov", "mkv", "webm", "avi", "m4v"})
FACTS, WORDS = "json", "txt"
CAPTION = "caption"


class ShardSource(EntrySource):
    """Rows of shards as WebDataset writes them, with the fields and options of a manifest.

    Of a sample ``000001``, ``000001.json`` holds its fields, ``000001.txt`` is its ``caption``,
    ``000001.flac`` its ``audio`` and ``000001.mp4`` its ``video``; ``000001.source_audio.flac`` is
    its ``source_audio``, and so on. Members of other kinds are left alone. A row is called
    ``<shard>/<key>`` unless its fields say otherwise.
    """

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Index the shards from their headers, and read the samples' fields.

        Raises:
            DataError: for a missing shard, one that is no tar archive, broken fields, or an id
                that is used twice.
        """
        assert isinstance(options, ManifestOptions)  # noqa: S101 - open_source validates them
        if options.folder is not None:
            raise DataError(
                f"webdataset:{locator}: got folder = {options.folder}; a shard holds its own "
                "files. Leave the option out."
            )
        self.shards = shard_paths(locator)
        entries = entries_of(_rows(self.shards), options)
        self._keep(
            f"webdataset:{locator}",
            options,
            entries=entries,
            media=ShardMedia(),
            digest=_digest(self.shards, options),
        )

    def _names_audio(self, value: Any) -> bool:
        return isinstance(value, Member)

    def _names_a_video(self, value: Any) -> bool:
        return isinstance(value, Member)

    def _video_field(self, name: Member) -> str:
        """Return what messages call a video."""
        return str(name)


def _rows(shards: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what messages call each sample, and its raw fields."""
    for shard in shards:
        for sample in read_index(shard):
            where = f"{shard}, sample {sample.key}"
            yield where, {"id": f"{shard.stem}/{sample.key}", **_fields(sample, where)}


def _fields(sample: Sample, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for extension, member in sample.members.items():
        name, _, kind = extension.rpartition(".")
        kind = kind.lower()
        if extension == FACTS:
            found = {**_facts(member, where), **found}
        elif kind == WORDS:
            found[name or CAPTION] = member.read(where).decode("utf-8", "replace").strip()
        elif kind in SOUNDS:
            found[name or AUDIO] = member
        elif kind in FILMS:
            found[name or VIDEO] = member
    return found


def _facts(member: Member, where: str) -> dict[str, Any]:
    try:
        facts = json.loads(member.read(where))
    except ValueError as failure:
        raise DataError(f"{where}: {member.name} is not valid JSON ({failure}).") from None
    if not isinstance(facts, dict):
        raise DataError(
            f"{where}: {member.name} holds {type(facts).__name__}; expected one JSON object."
        )
    return facts


def _digest(shards: Sequence[Path], options: ManifestOptions) -> str:
    """Return a hash of the shards' names, sizes and times, and the options."""
    digest = hashlib.blake2b(options.model_dump_json().encode(), digest_size=16)
    for shard in shards:
        facts = shard.stat()
        digest.update(f"{shard.name}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
