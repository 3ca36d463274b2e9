"""A set of clips: a folder of audio files, or a manifest that names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ...core.errors import DataError
from ...core.media.decode import CONTAINERS
from ...core.payloads import VIDEO
from .tables import SUFFIXES, read_table

Side = Literal["generated", "reference", "video"]

AUDIO = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", *CONTAINERS}
"""Suffixes of files in a folder that are clips."""

VIDEOS = CONTAINERS - {".m4a", ".aac", ".wma"}
"""Those of files that hold pictures, usually with their sound."""

KINDS: dict[Side, tuple[str, Collection[str]]] = {
    "generated": ("audio files", AUDIO),
    "reference": ("audio files", AUDIO),
    "video": ("videos", VIDEOS),
}
"""What a set of a side holds, in words and by suffix."""

NAMED = 5
"""Ids or files that a message names; it says how many more there are."""


@dataclass(frozen=True)
class ClipFile:
    """One clip of a set.

    Attributes:
        id: unique in its set: of a folder, the relative path without its suffix.
        path: the file.
        fields: what a manifest says of it: caption, truth, ….
    """

    id: str
    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipSet:
    """Clips of one side, in the order of their ids.

    Attributes:
        side: which.
        where: the folder or the manifest.
        clips: at least one, by id.
        ignored: files of the folder that are no audio by their names.
    """

    side: Side
    where: Path
    clips: Mapping[str, ClipFile]
    ignored: int = 0

    def find(self, name: str, where: str) -> ClipFile:
        """Return a clip by its id, or by its path relative to the set.

        Raises:
            DataError: if there is none; opens with ``where``.
        """
        clip = self.clips.get(name) or self._by_path.get(name)
        if clip is None:
            raise DataError(
                f"{where}: no {self.side} clip '{name}' in {self.where}; expected an id such as "
                f"{listed(self.clips)}."
            )
        return clip

    @cached_property
    def _by_path(self) -> dict[str, ClipFile]:
        root = self.where if self.where.is_dir() else self.where.parent
        inside = [clip for clip in self.clips.values() if clip.path.is_relative_to(root)]
        return {clip.path.relative_to(root).as_posix(): clip for clip in inside}


def open_set(side: Side, where: Path) -> ClipSet:
    """Return the clips of a folder, or of a manifest (JSON lines or CSV: id, path, …).

    Raises:
        DataError: if there is no clip, an id is used twice, or a manifest is broken.
    """
    where = where.expanduser()
    kind, suffixes = KINDS[side]
    if where.is_dir():
        files = sorted(
            path for path in where.rglob("*") if path.is_file() and _is_seen(path, where)
        )
        media = [path for path in files if path.suffix.lower() in suffixes]
        named = [(str(p), ClipFile(_folder_id(p, where), p)) for p in media]
        ignored = len(files) - len(media)
    elif where.is_file() or where.suffix.lower() in SUFFIXES:
        other = VIDEO if side == "video" else "audio"
        named = [_of_line(at, fields, where, other) for at, fields in read_table(where)]
        ignored = 0
    else:
        raise DataError(
            f"There is nothing at {where}; expected a folder of {_named(side)}, or a manifest "
            f"({', '.join(SUFFIXES)}). Check the path."
        )
    if not named:
        raise DataError(
            f"{where} holds no {side} clip ({ignored} other files); expected {kind} "
            f"({', '.join(sorted(suffixes)[:8])}, …). Check the path."
        )
    return ClipSet(side, where, _by_id(side, named), ignored)


def listed(names: Iterable[str]) -> str:
    """Return the first names in quotes, and how many more there are."""
    known = list(names)
    shown = ", ".join(f"'{name}'" for name in known[:NAMED])
    return shown + (f" and {len(known) - NAMED} more" if len(known) > NAMED else "")


def _named(side: Side) -> str:
    kind, _ = KINDS[side]
    return kind if side == "video" else f"{side} {kind}"


def _is_seen(path: Path, root: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(root).parts)


def _folder_id(path: Path, root: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def _of_line(
    where: str, fields: Mapping[str, Any], manifest: Path, other: str
) -> tuple[str, ClipFile]:
    rest = dict(fields)
    id_, path = rest.pop("id", None), rest.pop("path", None) or rest.pop(other, None)
    if not isinstance(id_, str | int) or not isinstance(path, str):
        raise DataError(
            f"{where}: got fields {', '.join(fields) or 'none'}; expected 'id', and 'path' of "
            f"{'a video' if other == VIDEO else 'an audio file'}. Add them."
        )
    return where, ClipFile(str(id_), manifest.parent / Path(path).expanduser(), rest)


def _by_id(side: str, named: Iterable[tuple[str, ClipFile]]) -> dict[str, ClipFile]:
    seen: dict[str, tuple[str, ClipFile]] = {}
    for where, clip in named:
        if clip.id in seen:
            raise DataError(
                f"Two {side} clips have the id '{clip.id}': {seen[clip.id][0]} and {where}; "
                "expected unique ids. Rename or remove one of them."
            )
        seen[clip.id] = (where, clip)
    return {id_: seen[id_][1] for id_ in sorted(seen)}
