"""What is never trained on, read from the lists that benchmarks are published as (spec 5.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import DataError, suggestion
from ..blobs import write_whole
from ..csv_rows import csv_rows

YOUTUBE = "yt:"
Row = Sequence[str]


@dataclass(frozen=True)
class ListKind:
    """A form of list.

    Attributes:
        summary: what it is a list of, and what its rows are.
        group: row → the group that is blocked, or `None` for one that may be trained on.
        columns: how many a row has at least.
        reason: why; `None`: the name of the file.
    """

    summary: str
    group: Callable[[Row], str | None]
    columns: int
    reason: str | None = None


def _of_vggsound(row: Row) -> str | None:
    return f"{YOUTUBE}{row[0]}" if row[3].strip() == "test" else None


def _second(row: Row) -> str | None:
    return None if row[1].strip() == "youtube_id" else f"{YOUTUBE}{row[1]}"


def _first(row: Row) -> str | None:
    return None if row[0].strip() == "ytid" else f"{YOUTUBE}{row[0]}"


KINDS: Mapping[str, ListKind] = {
    "vggsound": ListKind(
        "vggsound.csv: id, second, label, split; its test split, without a header",
        _of_vggsound, 4, "VGGSound, test split",
    ),
    "audiocaps": ListKind(
        "val.csv or test.csv of AudioCaps: audiocap_id, youtube_id, …; every row", _second, 2
    ),
    "audioset": ListKind(
        "eval_segments.csv of AudioSet: YTID, …; lines with # are comments", _first, 3,
        "AudioSet, evaluation set",
    ),
    "musiccaps": ListKind("musiccaps-public.csv: ytid, …; every row", _first, 2, "MusicCaps"),
    "youtube": ListKind("one YouTube id a line, such as V2M-bench's", _first, 1),
    "groups": ListKind(
        "one group a line, as records name it, such as spk:seedtts:12", lambda row: row[0], 1
    ),
}  # fmt: skip
"""Name → form of the list."""


def read_list(kind: str, path: Path) -> dict[str, str]:
    """Return group → reason of a list.

    Args:
        kind: one of `KINDS`.
        path: a csv file.

    Raises:
        DataError: for an unknown kind, a file that cannot be read, a row that is too short, or a
            list that blocks nothing.
    """
    if kind not in KINDS:
        raise DataError(
            f"There is no kind of list '{kind}'.{suggestion(kind, KINDS)} Expected one of "
            f"{', '.join(KINDS)}."
        )
    form = KINDS[kind]
    found: dict[str, str] = {}
    for number, row in csv_rows(path):
        if len(row) < form.columns:
            raise DataError(
                f"{path}, line {number}: {len(row)} columns; expected {form.columns} or more, as "
                f"in {form.summary}."
            )
        group = form.group([cell.strip() for cell in row])
        if group is not None:
            found[group] = form.reason or path.stem
    if not found:
        raise DataError(f"{path} blocks nothing; expected {form.summary}.")
    return found


def write_blocklist(lists: Sequence[tuple[str, Path]], path: Path) -> dict[str, int]:
    """Write what lists block as ``split.blocklist`` reads it; return list → new groups.

    Args:
        lists: kind and file of each.
        path: of the blocklist.

    Raises:
        DataError: as `read_list`.
        StopRun: if the disk is full.
    """
    found: dict[str, str] = {}
    counts = {}
    for kind, source in lists:
        own = read_list(kind, source)
        counts[f"{kind} {source.name}"] = len(own.keys() - found.keys())
        found = own | found
    lines = [
        json.dumps({"group": g, "reason": found[g]}, ensure_ascii=False) for g in sorted(found)
    ]
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    return counts
