"""The source that reads a manifest: JSON lines, with audio files beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from ..errors import DataError
from ..source import DataSource, LoadAudio, LoadMedia, Row
from .manifest_entries import Entry, is_held_out, is_wanted, mapped_fields, read_entries
from .manifest_files import load_clip, load_video_of_row
from .manifest_joins import Join, open_joins
from .manifest_options import ManifestOptions
from .manifest_truth import truth_of

__all__ = ["ManifestOptions", "ManifestSource", "is_held_out", "load_clip", "mapped_fields"]

AUDIO, VIDEO = "audio", "video"
CLIPS = ("source_audio", "reference_audio", "voice_audio", "voice_prompt")
"""Fields besides the target that name audio files."""

CREDITS = {"licence": " AND ", "attribution": "; "}
"""Fields that a row of several lines has from all of them → what stands between."""


class ManifestSource(DataSource):
    """Rows of a JSON-lines file; paths in it are relative to its folder, or another.

    A row may have ``id, audio, source_audio, caption, instruction, description, transcript,
    speaker, video, duration_s, licence, attribution`` and any further fields. Further clips can
    come from other lines, see option ``join``.
    """

    config: ClassVar[type[BaseModel]] = ManifestOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Index the manifest; audio is opened when a row's loader is called.

        Raises:
            DataError: for a missing file, a broken line, an id that is missing or used twice, or
                a join by a field that no line has.
        """
        assert isinstance(options, ManifestOptions)  # noqa: S101 - open_source validates them
        self.path = Path(locator).expanduser()
        self.options = options
        self.folder = Path(options.folder).expanduser() if options.folder else self.path.parent
        self._digest = self._hash()
        lines = read_entries(self.path, options)
        self._joins = open_joins(options.join, lines)
        rows = [e for e in lines if is_wanted(e, options) and self._is_joined(e)]
        self._held_out = [e for e in rows if e.is_held_out]
        self._entries = [e for e in rows if not e.is_held_out]
        self._repeats = options.repeats

    def __len__(self) -> int:
        """Return the number of rows that are not held out, repeated ones included."""
        return len(self._entries) * self._repeats

    def row(self, index: int) -> Row:
        """Return row ``index``; its audio is opened lazily.

        Raises:
            DataError: for a number outside the source, or events without an onset.
        """
        if not 0 <= index < len(self):
            raise DataError(f"{self.path} has rows 0 … {len(self) - 1}; asked for {index}.")
        turn, number = divmod(index, len(self._entries))
        entry = self._entries[number]
        partners = [(join, join.partner(entry)) for join in self._joins]
        fields, media = self._fields_and_media(entry, partners)
        audio = fields.pop(AUDIO, None)
        lines = [entry, *(partner for _, partner in partners)]
        return Row(
            id=f"{entry.id}~{turn + 1}" if turn else entry.id,
            fields=fields,
            audio=None if audio is None else self._loader(entry, AUDIO, audio),
            media=media,
            licence=_credit(lines, "licence"),
            attribution=_credit(lines, "attribution"),
            truth=truth_of(fields, self.options, self._where(entry)),
        )

    def audio_path(self, index: int) -> Path | None:
        """Return the file of a row's target; `None` when it has none."""
        audio = self._entries[index % len(self._entries)].fields.get(AUDIO)
        return self.folder / audio if isinstance(audio, str) else None

    def digest(self) -> str:
        """Return a hash of the manifest's bytes and the options (not of the audio)."""
        return self._digest

    def licences(self) -> tuple[str, ...]:
        """Return the distinct licences of the rows' own lines, sorted."""
        return tuple(sorted({str(v) for e in self._entries if (v := e.fields.get("licence"))}))

    def held_out(self) -> ManifestSource | None:
        """Return the rows that are held out, or `None` when there are none."""
        if not self._held_out:
            return None
        sibling = object.__new__(type(self))
        sibling.path, sibling.options, sibling.folder = self.path, self.options, self.folder
        sibling._joins, sibling._repeats = self._joins, 1
        sibling._entries, sibling._held_out = self._held_out, []
        sibling._digest = f"{self._digest[:16]}-held-out"
        return sibling

    def _hash(self) -> str:
        digest = hashlib.blake2b(self.options.model_dump_json().encode(), digest_size=16)
        if self.path.is_file():
            digest.update(self.path.read_bytes())
        return digest.hexdigest()

    def _is_joined(self, entry: Entry) -> bool:
        return all(join.has_partner(entry) for join in self._joins)

    def _fields_and_media(
        self, entry: Entry, partners: Sequence[tuple[Join, Entry]]
    ) -> tuple[dict[str, Any], dict[str, LoadMedia]]:
        """Return a row's fields and its further clips, its own and those of joined lines."""
        fields = dict(entry.fields)
        named = [name for name in CLIPS if fields.get(name) is not None]
        media: dict[str, LoadMedia] = {
            name: self._loader(entry, name, fields.pop(name)) for name in named
        }
        if isinstance(fields.get(VIDEO), str):
            fields[VIDEO] = str(self.folder / fields[VIDEO])
            where = f"{self._where(entry)}, field '{VIDEO}'"
            media[VIDEO] = partial(load_video_of_row, fields[VIDEO], where)
        for join, other in partners:
            media[join.name] = self._loader(other, AUDIO, other.fields.get(AUDIO))
            fields |= {ours: other.fields.get(name) for ours, name in join.options.fields.items()}
        return {name: value for name, value in fields.items() if value is not None}, media

    def _where(self, entry: Entry) -> str:
        return f"{self.path}, line {entry.line} (id '{entry.id}')"

    def _loader(self, entry: Entry, name: str, value: Any) -> LoadAudio:
        where = f"{self._where(entry)}, field '{name}'"
        if not isinstance(value, str) or not value:
            raise DataError(f"{where}: got {value!r}; expected the path of an audio file.")
        span = None
        if self.options.trim and name == AUDIO:
            span = (entry.fields.get("active_start_s"), entry.fields.get("active_end_s"))
        return partial(load_clip, self.folder / value, where, span, self.options.max_seconds)


def _credit(lines: Sequence[Entry], field: str) -> str | None:
    """Return the licence or the attribution of a row: each that one of its lines has, once."""
    separator = CREDITS[field]
    given = [str(value) for line in lines if (value := line.fields.get(field)) is not None]
    if len(given) == 1:
        return given[0]
    return separator.join(sorted({part for one in given for part in one.split(separator)})) or None
