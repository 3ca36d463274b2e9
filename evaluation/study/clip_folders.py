"""The clips of every system, matched by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...core.errors import DataError, RequestError

SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff", ".wma"}
)
"""What counts as a clip in a folder; other files are left alone."""

SHOWN = 5
REFERENCE, ANCHOR = "reference", "anchor"
"""What the hidden clips are called in a key; no system may be called so."""


def parse_systems(given: Sequence[str]) -> dict[str, Path]:
    """Return folders by name, from ``NAME=DIR``.

    Raises:
        RequestError: for another form, a name given twice, or that of a hidden clip.
    """
    found: dict[str, Path] = {}
    for one in given:
        name, equals, folder = one.partition("=")
        if not (equals and name.strip() and folder):
            raise RequestError(
                f"--system {one}: expected NAME=DIR, such as --system ours=out/ours."
            )
        if name in found:
            raise RequestError(
                f"--system names '{name}' twice; give each system a name of its own."
            )
        if name in {REFERENCE, ANCHOR}:
            raise RequestError(
                f"--system {one}: '{name}' is what a hidden clip is called. Choose another name; "
                "true recordings are given with --reference DIR."
            )
        found[name] = Path(folder)
    if not found:
        raise RequestError("A study needs clips to rate; give at least one --system NAME=DIR.")
    return found


def find_clips(folder: Path) -> dict[str, Path]:
    """Return the audio files under a folder by id: path below it without suffix.

    Raises:
        DataError: if the folder is missing, holds no audio, or two files of one id.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder '{folder}'; expected one of clips named by their id.")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        clip = path.relative_to(folder).with_suffix("").as_posix()
        if clip in found:
            raise DataError(
                f"'{folder}' holds {found[clip].name} and {path.name}: two clips of the id "
                f"'{clip}'. Keep one of them."
            )
        found[clip] = path
    if not found:
        raise DataError(
            f"'{folder}' holds no audio; expected files named by their id, ending in one of "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    return found


def common_ids(clips: Mapping[str, Mapping[str, Path]], *, allow_missing: bool) -> list[str]:
    """Return the sorted ids that every folder holds.

    Args:
        clips: files by id, by the name of their system.
        allow_missing: whether to go on with the ids in common where some lack others.

    Raises:
        DataError: if id sets differ and that is not allowed, or no id is common; lists them.
    """
    every = set().union(*clips.values())
    common = set(every).intersection(*clips.values())
    lacking = {name: sorted(every - set(files)) for name, files in clips.items()}
    told = "; ".join(
        f"'{name}' lacks {len(ids)} of {len(every)}: {listed(ids)}"
        for name, ids in lacking.items()
        if ids
    )
    if not common:
        raise DataError(f"No id is common to all systems. {told}. Name files by the id they share.")
    if told and not allow_missing:
        raise DataError(
            f"Systems do not hold the same clips. {told}. Make those, or draw from the "
            f"{len(common)} that all of them hold with --allow-missing."
        )
    return sorted(common)


def listed(names: Sequence[str]) -> str:
    """Return the first names in words, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
