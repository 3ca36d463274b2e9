"""Which shards a locator means."""

from __future__ import annotations

import glob
import re
from itertools import product
from pathlib import Path

from ...core.errors import DataError

_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}|\{([^{}]*,[^{}]*)\}")
_WILD = re.compile(r"[*?\[]")


def shard_paths(locator: str) -> list[Path]:
    """Return the shards that a locator names, in its order; those of a pattern sorted.

    Args:
        locator: a path; braces hold a range (``{000..127}``) or alternatives (``{a,b}``), and
            ``*``, ``?``, ``[…]`` match names as in a shell.

    Raises:
        DataError: if a shard does not exist, or a pattern matches none.
    """
    found: list[Path] = []
    for one in _unfolded(str(Path(locator).expanduser())):
        named = sorted(glob.glob(one)) if _WILD.search(one) else [one]
        if not named:
            raise DataError(
                f"webdataset:{locator}: nothing matches {one}; expected tar shards. Check the path."
            )
        found += map(Path, named)
    missing = [path for path in found if not path.is_file()]
    if missing:
        raise DataError(
            f"webdataset:{locator}: {len(missing)} of {len(found)} shards do not exist, first "
            f"{missing[0]}. Check the path and the numbers in braces."
        )
    return found


def _unfolded(pattern: str) -> list[str]:
    """Return the texts that braces stand for."""
    parts: list[list[str]] = []
    end = 0
    for match in _BRACES.finditer(pattern):
        parts += [[pattern[end : match.start()]], _choices(match)]
        end = match.end()
    return ["".join(chosen) for chosen in product(*parts, [pattern[end:]])]


def _choices(match: re.Match[str]) -> list[str]:
    first, last, listed = match.groups()
    if listed is not None:
        return str(listed).split(",")
    width = len(first) if first.startswith("0") or len(first) == len(last) else 0
    return [f"{number:0{width}d}" for number in range(int(first), int(last) + 1)]
