"""Looks into every file of a score once, before anything is measured."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ...core.data.bounded_folder import BoundedFolder
from ...core.errors import MediaError
from .clip_set import NAMED
from .pairing import Row
from .processes import Pool
from .screening import Facts, Screen
from .slices import slices_of
from .worker import one_thread

LOOKED_AT = 32
"""Files that a process looks into at a time."""

OnProgress = Callable[[str, int, int], None]


class Looked(NamedTuple):
    """What is in the files.

    Attributes:
        rows: those with a clip that can be read, without the clips that cannot.
        facts: of the files that can be read.
        broken: why the others cannot.
    """

    rows: list[Row]
    facts: Mapping[Path, Facts]
    broken: Mapping[Path, str]


def look_into(
    rows: Sequence[Row],
    cache: BoundedFolder,
    pool: Pool | None,
    on_progress: OnProgress,
    *,
    skip_unreadable: bool,
) -> Looked:
    """Return what is in the files of all rows; a pool shares the work.

    Raises:
        MediaError: if files cannot be read and are not to be skipped; names the first ones.
    """
    clips = (clip for row in rows for clip in (row.generated, row.reference) if clip is not None)
    paths = list(dict.fromkeys(clip.path for clip in clips))
    shares = slices_of(paths, LOOKED_AT)
    facts: dict[Path, Facts] = {}
    broken: dict[Path, str] = {}
    found = pool.look(shares) if pool is not None else _look_here(shares, cache)
    for path, one in zip(paths, itertools.chain.from_iterable(found), strict=True):
        if isinstance(one, Facts):
            facts[path] = one
        else:
            broken[path] = one
        on_progress("looked at", len(facts) + len(broken), len(paths))
    if broken and not skip_unreadable:
        raise MediaError(_told(broken))
    return Looked(_without(rows, broken), facts, broken)


def _look_here(
    shares: Iterable[Sequence[Path]], cache: BoundedFolder
) -> Iterator[list[Facts | str]]:
    screen = Screen(cache)
    for share in shares:
        with one_thread():
            found = [screen.look(path) for path in share]
        yield found
    screen.cache.flush()


def _without(rows: Iterable[Row], broken: Mapping[Path, str]) -> list[Row]:
    """Return the rows without the clips that cannot be read, and without rows that had no other."""
    kept = []
    for row in rows:
        made, wanted = (
            clip if clip is not None and clip.path not in broken else None
            for clip in (row.generated, row.reference)
        )
        if made is not None or wanted is not None:
            kept.append(replace(row, generated=made, reference=wanted))
    return kept


def _told(broken: Mapping[Path, str]) -> str:
    reasons = list(broken.values())
    more = f" … and {len(reasons) - 4 * NAMED} more" if len(reasons) > 4 * NAMED else ""
    return (
        f"{len(reasons)} files cannot be read. {' '.join(reasons[: 4 * NAMED])}{more} Mend or "
        "remove them, or leave them out, counted, with --skip-unreadable."
    )
