"""What sources of written-down rows have in common: their entries, and how files are opened."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel

from ..errors import DataError
from ..source import DataSource, LoadAudio, LoadMedia, Row
from .manifest_entries import Entry, is_wanted
from .manifest_files import Media, cut_clip, without_padding
from .manifest_joins import Join, open_joins
from .manifest_options import ManifestOptions
from .manifest_truth import truth_of

if TYPE_CHECKING:
    from ..media.waveform import Waveform

AUDIO, VIDEO = "audio", "video"
CLIPS = ("source_audio", "reference_audio", "voice_audio", "voice_prompt")
"""Fields besides the target that name audio."""

PADDING = "padding_s"
"""Field of a row: seconds of silence at the end of the target, and of the input of an edit, that
were put there to make them as long as others. They are left out when the clips are opened, so that
no loss and no measure counts them."""
PADDED = (AUDIO, "source_audio")

CREDITS = {"licence": " AND ", "attribution": "; "}
"""Fields that a row of several lines has from all of them → what stands between."""


class EntrySource(DataSource, abc.ABC):
    """Rows that were written down, as entries; see `manifest.ManifestSource` for their fields.

    A subclass reads its entries and says what opens their media, by calling `_keep`.
    """

    config: ClassVar[type[BaseModel]] = ManifestOptions
    options: ManifestOptions

    def _keep(
        self,
        name: str,
        options: ManifestOptions,
        entries: Sequence[Entry],
        media: Media,
        digest: str,
    ) -> None:
        """Keep what was read.

        Args:
            name: what messages call the source.
            options: how rows are made of entries.
            entries: all of them.
            media: opens what they name.
            digest: of all that decides the rows.

        Raises:
            DataError: for a join by a field that no entry has.
        """
        self.name = name
        self.options = options
        self.media = media
        self._digest = digest
        self._joins = open_joins(options.join, entries)
        rows = [e for e in entries if is_wanted(e, options) and self._is_joined(e)]
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
            raise DataError(f"{self.name} has rows 0 … {len(self) - 1}; asked for {index}.")
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
            truth=truth_of(fields, self.options, _where(entry)),
        )

    def digest(self) -> str:
        """Return a hash of what was read and the options (not of the audio)."""
        return self._digest

    def licences(self) -> tuple[str, ...]:
        """Return the distinct licences of the rows' own lines, sorted."""
        return tuple(sorted({str(v) for e in self._entries if (v := e.fields.get("licence"))}))

    def held_out(self) -> Self | None:
        """Return the rows that are held out, or `None` when there are none."""
        if not self._held_out:
            return None
        sibling = object.__new__(type(self))
        vars(sibling).update(vars(self))
        sibling._repeats = 1
        sibling._entries, sibling._held_out = self._held_out, []
        sibling._digest = f"{self._digest[:16]}-held-out"
        return sibling

    def entry(self, index: int) -> Entry:
        """Return the entry that row ``index`` is made of."""
        return self._entries[index % len(self._entries)]

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
        if self._names_a_video(fields.get(VIDEO)):
            where = f"{_where(entry)}, field '{VIDEO}'"
            media[VIDEO] = partial(self.media.video, fields[VIDEO], where)
            fields[VIDEO] = self._video_field(fields[VIDEO])
        for join, other in partners:
            media[join.name] = self._loader(other, AUDIO, other.fields.get(AUDIO))
            fields |= {ours: other.fields.get(name) for ours, name in join.options.fields.items()}
        return {name: value for name, value in fields.items() if value is not None}, media

    def _video_field(self, name: Any) -> Any:
        """Return what a row's field says of its video, beside what opens it."""
        return name

    def _names_a_video(self, value: Any) -> bool:
        return isinstance(value, str)

    def _loader(self, entry: Entry, name: str, value: Any) -> LoadAudio:
        where = f"{_where(entry)}, field '{name}'"
        if not value or not self._names_audio(value):
            raise DataError(f"{where}: got {value!r:.200}; expected the path of an audio file.")
        span = None
        if self.options.trim and name == AUDIO:
            span = (entry.fields.get("active_start_s"), entry.fields.get("active_end_s"))
        padding = _padding(entry) if name in PADDED else 0.0
        limits = {"max_seconds": self.options.max_seconds, "padding_s": padding}
        return partial(load_clip, self.media, value, where, span, **limits)

    def _names_audio(self, value: Any) -> bool:
        return isinstance(value, str)


def load_clip(
    media: Media,
    name: Any,
    where: str,
    span: tuple[float | None, float | None] | None = None,
    *,
    max_seconds: float = 3600.0,
    padding_s: float = 0.0,
) -> Waveform:
    """Return a decoded clip without its padding, cut to ``span`` seconds.

    Raises:
        DataError: if it cannot be read; opens with ``where``.
    """
    clip = without_padding(media.audio(name, where, max_seconds), where, padding_s)
    return cut_clip(clip, where, span)


def _padding(entry: Entry) -> float:
    value = entry.fields.get(PADDING, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise DataError(
            f"{_where(entry)}, field '{PADDING}': got {value!r:.200}; expected seconds, 0 or more."
        )
    return float(value)


def _where(entry: Entry) -> str:
    return f"{entry.where} (id '{entry.id}')"


def _credit(lines: Sequence[Entry], field: str) -> str | None:
    """Return the licence or the attribution of a row: each that one of its lines has, once."""
    separator = CREDITS[field]
    given = [str(value) for line in lines if (value := line.fields.get(field)) is not None]
    if len(given) == 1:
        return given[0]
    return separator.join(sorted({part for one in given for part in one.split(separator)})) or None
