"""What the sets are, in numbers, digests and sentences."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .clip_set import ClipFile, ClipSet
from .config import RowCut
from .pairing import Pairing, Row
from .report import SetReport
from .screening import Facts
from .seen_videos import SeenVideo
from .tally import Tally

DIGITS = 12


def describe_sets(
    sets: Iterable[ClipSet],
    rows: Sequence[Row],
    facts: Mapping[Path, Facts],
    broken: Mapping[Path, str],
) -> dict[str, SetReport]:
    """Return what is known of each side, over the clips that are measured."""
    found: dict[str, SetReport] = {}
    for one in sets:
        clips: dict[str, ClipFile] = {}
        for row in rows:
            clip = getattr(row, one.side)
            if clip is not None:
                clips[clip.id] = clip
        known = {id_: facts[clip.path] for id_, clip in clips.items()}
        seconds = sorted(each.seconds for each in known.values())
        found[one.side] = SetReport(
            path=str(one.where),
            clips=len(known),
            digest=_digest(sorted((id_, each.digest) for id_, each in known.items())),
            silent=sum(each.is_silent for each in known.values()),
            clipped=sum(each.is_clipped for each in known.values()),
            unreadable={c.id: broken[c.path] for c in one.clips.values() if c.path in broken},
            ignored_files=one.ignored,
            sample_rates_hz=_counted(each.rate_hz for each in known.values()),
            channels=_counted(each.channels for each in known.values()),
            seconds={
                "shortest": seconds[0],
                "median": statistics.median(seconds),
                "longest": seconds[-1],
            }
            if seconds
            else {},
        )
    return found


def describe_pairing(pairing: Pairing, rows: Sequence[Row]) -> dict[str, Any]:
    """Return how pairs were found, how many there are, and what has no other half."""
    return {
        "how": pairing.how,
        "pairs": sum(row.generated is not None and row.reference is not None for row in rows),
        "without_reference": list(pairing.missing),
        "without_generated": list(pairing.extra),
        "not_named": pairing.not_named,
    }


def reference_digest(rows: Iterable[Row], facts: Mapping[Path, Facts]) -> str | None:
    """Return a digest of which reference each row has; `None` where there are none."""
    known = [
        (row.id, facts[row.reference.path].digest) for row in rows if row.reference is not None
    ]
    return _digest(sorted(known)) if known else None


def videos_digest(videos: Mapping[str, SeenVideo]) -> str:
    """Return a digest of which video each row has."""
    return _digest(sorted((row, video.digest) for row, video in videos.items()))


def text_digests(rows: Sequence[Row], fields: Iterable[str]) -> dict[str, str]:
    """Return a digest of each field's text over all rows."""
    return {
        name: _digest(sorted((row.id, str(row.fields.get(name))) for row in rows if row.generated))
        for name in fields
    }


def notes_on(
    sets: Mapping[str, SetReport], pairing: Pairing, tally: Tally, row_cut: RowCut | None
) -> tuple[list[str], list[str]]:
    """Return flags and sentences on what a reader must know."""
    told: list[tuple[str, str]] = []
    for side, one in sets.items():
        of = f"of {one.clips} {side} clips"
        if one.silent:
            told.append((f"silent_{side}", f"{one.silent} {of} are silent (peak below -60 dBFS)."))
        if one.clipped:
            told.append((f"clipped_{side}", f"{one.clipped} {of} reach full scale."))
        if one.unreadable:
            told.append((f"unreadable_{side}", f"{len(one.unreadable)} {side} files are left out."))
        if len(one.channels) > 1:
            told.append((f"mixed_channels_{side}", f"{_shares(one.channels)} channels {of}."))
        if len(one.sample_rates_hz) > 1:
            told.append((f"mixed_rates_{side}", f"{_shares(one.sample_rates_hz)} Hz {of}."))
    made, wanted = sets["generated"], sets.get("reference")
    if wanted is not None:
        told += _unlike(made, wanted)
    if pairing.missing or pairing.extra:
        told.append(
            (
                "incomplete_pairs",
                f"{len(pairing.missing)} generated clips have no reference, {len(pairing.extra)} "
                "references no generated clip; metrics of pairs leave them out.",
            )
        )
    if pairing.not_named:
        text = f"{pairing.not_named} clips are in no pair of the file, and are not measured."
        told.append(("not_named", text))
    for name, rows in tally.left_out.items():
        told.append(("rows_left_out", f"'{name}' leaves out {len(rows)} rows that it refuses."))
    told += [("rows_undefined", text) for text in tally.undefined_sentences()]
    if row_cut is not None:
        told.append(("rows_cut", str(row_cut)))
    return list(dict.fromkeys(flag for flag, _ in told)), [text for _, text in told]


def _unlike(made: SetReport, wanted: SetReport) -> list[tuple[str, str]]:
    found = []
    if set(made.sample_rates_hz) != set(wanted.sample_rates_hz):
        text = (
            f"The sets have unlike sample rates: {_shares(made.sample_rates_hz)} Hz against "
            f"{_shares(wanted.sample_rates_hz)} Hz."
        )
        found.append(("unlike_rates", text))
    if set(made.channels) != set(wanted.channels):
        text = (
            f"The sets have unlike channels: {_shares(made.channels)} against "
            f"{_shares(wanted.channels)}."
        )
        found.append(("unlike_channels", text))
    ours, theirs = made.seconds.get("median", 0.0), wanted.seconds.get("median", 0.0)
    if abs(ours - theirs) > 0.05 * max(ours, theirs):
        text = f"The median clip lasts {ours:.2f} s, the median reference {theirs:.2f} s."
        found.append(("unlike_durations", text))
    return found


def _shares(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value} ({count} clips)" for value, count in counts.items())


def _counted(values: Iterable[int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items())}


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
