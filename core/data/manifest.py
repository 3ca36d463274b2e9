"""The source that reads a manifest: JSON lines, with audio files beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from ..errors import DataError
from ..source import DataSource, LoadAudio, LoadMedia, Row
from .jsonl import read_jsonl
from .manifest_options import ManifestOptions

if TYPE_CHECKING:
    from ..media.video_file import VideoClip
    from ..media.waveform import Waveform

__all__ = ["ManifestOptions", "ManifestSource", "is_held_out", "load_clip"]

AUDIO, VIDEO = "audio", "video"
CLIPS = ("source_audio", "reference_audio", "voice_audio", "voice_prompt")
"""Fields besides the target that name audio files."""


@dataclass(frozen=True)
class Entry:
    """One line of a manifest.

    Attributes:
        line: its number, from 1.
        id: the row's id.
        fields: the row's fields under our names, constants included.
    """

    line: int
    id: str
    fields: Mapping[str, Any]


class ManifestSource(DataSource):
    """Rows of a JSON-lines file; paths in it are relative to its folder.

    A row may have ``id, audio, source_audio, caption, instruction, description, transcript,
    speaker, video, duration_s, licence, attribution`` and any further fields.
    """

    config: ClassVar[type[BaseModel]] = ManifestOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Index the manifest; audio is opened when a row's loader is called.

        Raises:
            DataError: for a missing file, a broken line, an id that is missing or used twice.
        """
        assert isinstance(options, ManifestOptions)  # noqa: S101 - open_source validates them
        self.path = Path(locator).expanduser()
        self.options = options
        self._digest = self._hash()
        entries = self._read()
        self._held_out = [e for e in entries if is_held_out(e.id, e.fields, options)]
        self._entries = [e for e in entries if not is_held_out(e.id, e.fields, options)]

    def __len__(self) -> int:
        """Return the number of rows that are not held out."""
        return len(self._entries)

    def row(self, index: int) -> Row:
        """Return row ``index``; its audio is opened lazily.

        Raises:
            DataError: for a number outside the source.
        """
        if not 0 <= index < len(self._entries):
            raise DataError(f"{self.path} has rows 0 … {len(self) - 1}; asked for {index}.")
        entry = self._entries[index]
        fields = dict(entry.fields)
        audio = fields.pop(AUDIO, None)
        media: dict[str, LoadMedia] = {
            name: self._loader(entry, name, fields.pop(name)) for name in self._clips(fields)
        }
        if isinstance(fields.get(VIDEO), str):
            fields[VIDEO] = str(self.path.parent / fields[VIDEO])
            media[VIDEO] = partial(load_video_of_row, fields[VIDEO], self._where(entry, VIDEO))
        return Row(
            id=entry.id,
            fields=fields,
            audio=None if audio is None else self._loader(entry, AUDIO, audio),
            media=media,
            licence=_text(fields.get("licence")),
            attribution=_text(fields.get("attribution")),
            truth={k: fields[k] for k in ("events", "span", "label") if fields.get(k) is not None},
        )

    def audio_path(self, index: int) -> Path | None:
        """Return the file of a row's target; `None` when it has none."""
        audio = self._entries[index].fields.get(AUDIO)
        return self.path.parent / audio if isinstance(audio, str) else None

    def digest(self) -> str:
        """Return a hash of the manifest's bytes and the options (not of the audio)."""
        return self._digest

    def licences(self) -> tuple[str, ...]:
        """Return the distinct licences of the rows, sorted."""
        return tuple(sorted({str(v) for e in self._entries if (v := e.fields.get("licence"))}))

    def held_out(self) -> ManifestSource | None:
        """Return the rows that are held out, or `None` when there are none."""
        if not self._held_out:
            return None
        sibling = object.__new__(type(self))
        sibling.path, sibling.options = self.path, self.options
        sibling._entries, sibling._held_out = self._held_out, []
        sibling._digest = f"{self._digest[:16]}-held-out"
        return sibling

    def _hash(self) -> str:
        digest = hashlib.blake2b(self.options.model_dump_json().encode(), digest_size=16)
        if self.path.is_file():
            digest.update(self.path.read_bytes())
        return digest.hexdigest()

    def _read(self) -> list[Entry]:
        seen: dict[str, int] = {}
        entries = []
        for line, raw in read_jsonl(self.path):
            fields = mapped_fields(raw, self.options)
            id_ = fields.pop("id", None)
            if not isinstance(id_, str | int) or id_ == "":
                raise DataError(f"{self.path}, line {line}: no 'id'; expected a unique text.")
            if str(id_) in seen:
                raise DataError(
                    f"{self.path}, line {line}: id '{id_}' was used on line {seen[str(id_)]}; "
                    "ids must be unique."
                )
            seen[str(id_)] = line
            if _passes(fields, self.options.filter) and not _is_long(fields, self.options):
                entries.append(Entry(line, str(id_), fields))
        return entries

    def _clips(self, fields: Mapping[str, Any]) -> list[str]:
        return [name for name in CLIPS if fields.get(name) is not None]

    def _where(self, entry: Entry, name: str) -> str:
        return f"{self.path}, line {entry.line} (id '{entry.id}'), field '{name}'"

    def _loader(self, entry: Entry, name: str, value: Any) -> LoadAudio:
        where = self._where(entry, name)
        if not isinstance(value, str) or not value:
            raise DataError(f"{where}: got {value!r}; expected the path of an audio file.")
        span = None
        if self.options.trim and name == AUDIO:
            span = (entry.fields.get("active_start_s"), entry.fields.get("active_end_s"))
        return partial(load_clip, self.path.parent / value, where, span, self.options.max_seconds)


def load_clip(
    path: Path,
    where: str,
    span: tuple[float | None, float | None] | None = None,
    max_seconds: float = 3600.0,
) -> Waveform:
    """Return a decoded clip, cut to ``span`` seconds.

    Raises:
        DataError: if it cannot be read; opens with ``where``.
    """
    from ..errors import MediaError
    from ..media.audio import crop, load_waveform

    try:
        clip = load_waveform(path, max_seconds=max_seconds)
        if span is None:
            return clip
        have, rate = int(clip.samples.shape[-1]), clip.sample_rate_hz
        start = min(have - 1, round((span[0] or 0.0) * rate))
        end = have if span[1] is None else min(have, round(span[1] * rate))
        return crop(clip, start, end - start)
    except MediaError as failure:
        raise DataError(f"{where}: {failure}") from None


def load_video_of_row(path: str, where: str) -> VideoClip:
    """Return a row's video, opened.

    Raises:
        DataError: if it cannot be read; opens with ``where``.
    """
    from ..errors import MediaError
    from ..media.video import load_video

    try:
        return load_video(path)
    except MediaError as failure:
        raise DataError(f"{where}: {failure}") from None


def mapped_fields(raw: Mapping[str, Any], options: ManifestOptions) -> dict[str, Any]:
    """Return a line's fields, mapped ones under our names too; absent values are left out."""
    found = {**options.fields, **{k: v for k, v in raw.items() if v is not None}}
    for ours, theirs in options.field_map.items():
        found.pop(ours, None)
        if raw.get(theirs) is not None:
            found[ours] = raw[theirs]
    return found


def is_held_out(id_: str, fields: Mapping[str, Any], options: ManifestOptions) -> bool:
    """Tell whether a row is held out: by the hash of its group, or of its id without one."""
    if options.held_out_fraction == 0:
        return False
    group = fields.get(options.held_out_by) if options.held_out_by else None
    text = f"id:{id_}" if group is None else f"group:{group}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < options.held_out_fraction * 2**64


def _passes(fields: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(
        fields.get(name) in (values if isinstance(values, list) else [values])
        for name, values in wanted.items()
    )


def _is_long(fields: Mapping[str, Any], options: ManifestOptions) -> bool:
    """Tell whether a row lasts longer than is wanted; one that does not say how long stays."""
    limit, seconds = options.longest_seconds, fields.get("duration_s")
    return limit is not None and isinstance(seconds, int | float) and seconds > limit


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
