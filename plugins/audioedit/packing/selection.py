"""Which finished pairs a data set keeps: none that is blocked, taken down, or on two sides."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....core.data.jsonl import read_jsonl
from ....core.data.uri import expand
from ..config import AudioEditConfig
from ..licences import allows
from ..providers.contract import Scorer
from ..quotas import asked_for, within
from ..records import EditRecord, Split
from ..repeats import once_each
from ..splits.assignment import assign_splits, check_splits
from ..splits.blocklist import read_blocklist
from ..splits.fingerprints import Fingerprint, fingerprint
from ..splits.leak import guard, read_leak_report, write_leak_report
from ..splits.matching import find_matches
from ..splits.nearest import embedded, near_pairs
from ..stages.workshop import Workshop

DROPPED = "dropped.jsonl"
"""Recordings that were taken down, one a line, with the reason."""

LEAST_SECONDS = 1.0
"""What is shorter cannot be confirmed to be the same, see `splits.matching`."""

SIDES: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Selection:
    """What is packed, and what is not.

    Attributes:
        records: pairs that stay, each in its split.
        left_out: reason → pairs.
    """

    records: list[EditRecord]
    left_out: Counter[str]


def select(workshop: Workshop, records: Sequence[EditRecord]) -> Selection:
    """Return the pairs that stay (spec section 5.2).

    Splits of the synthesis branch were drawn with the scenes; those of the real branch are drawn
    here, for all that recordings join at once. Where two recordings of different splits are the
    same by ear, the training side goes; ``reports/leak.json`` tells which.

    Raises:
        DataError: if a recording is still on two sides, or the blocklist cannot be read.
    """
    left_out: Counter[str] = Counter()
    split = workshop.config.split
    blocked = read_blocklist(Path(expand(split.blocklist, "split.blocklist"))
                             if split.blocklist else None)  # fmt: skip
    assignment = assign_splits(
        [record.groups for record in records],
        key=workshop.config.key,
        fixed={g: r.split for r in records if _is_set(r) for g in r.groups},
        blocked=blocked,
        validation_fraction=split.validation_fraction,
    )
    dropped = read_dropped(workshop.root)
    kept = []
    for record in records:
        own = assignment.of(record.groups)
        if own is None:
            left_out["blocked"] += 1
        elif any(i.item in dropped or i.sha256 in dropped for i in record.provenance.ingredients):
            left_out["taken_down"] += 1
        else:
            kept.append(record if own == record.split else record.model_copy(update={"split": own}))
    if split.leak_guard:
        kept = _without_leaks(workshop, kept, left_out)
    kept = _wanted(workshop.config, kept, left_out)
    check_splits(kept)
    return Selection(kept, left_out)


def _wanted(
    config: AudioEditConfig, records: list[EditRecord], left_out: Counter[str]
) -> list[EditRecord]:
    """Return the records that may be used as the data set is to be, once each, and no more."""
    pack = config.pack
    licensed = [r for r in records if allows(r.licence, pack.commercial_only, pack.licences)]
    once = once_each(licensed)
    most = asked_for(config) if config.real is not None else {}
    kept = within(once, {kind: n for kind, n in most.items() if kind[0] == "real"})
    for reason, before, after in (
        ("licence", records, licensed), ("duplicate", licensed, once), ("over_quota", once, kept),
    ):  # fmt: skip
        if len(after) < len(before):
            left_out[reason] += len(before) - len(after)
    return kept


def read_dropped(root: Path) -> dict[str, str]:
    """Return the recordings that were taken down: id or hash → reason."""
    path = root / DROPPED
    if not path.is_file():
        return {}
    return {str(row["source"]): str(row["reason"]) for _, row in read_jsonl(path)}


def _is_set(record: EditRecord) -> bool:
    """Tell whether a record's split was decided before: with its scene, or by its data set."""
    return record.branch == "synth" or record.split == "test"


def _without_leaks(
    workshop: Workshop, records: list[EditRecord], left_out: Counter[str]
) -> list[EditRecord]:
    """Return the records without those of a training recording that is another split's, too."""
    split_of = {
        ingredient.sha256: record.split
        for record in sorted(records, key=lambda record: SIDES.index(record.split))
        for ingredient in record.provenance.ingredients
    }
    if len(set(split_of.values())) < 2:
        return records
    dropped = _same_by_ear(workshop, split_of)
    kept = [
        record
        for record in records
        if not any(i.sha256 in dropped for i in record.provenance.ingredients)
    ]
    if len(kept) < len(records):
        left_out["leak"] += len(records) - len(kept)
    return kept


def _same_by_ear(workshop: Workshop, split_of: Mapping[str, Split]) -> Collection[str]:
    """Return the recordings that go; compared once for each set of recordings and splits."""
    scorer = _leak_scorer(workshop)
    by = [] if scorer is None else [scorer.fingerprint()]
    text = json.dumps([*sorted(split_of.items()), *by])
    compared = hashlib.sha256(text.encode()).hexdigest()
    before = read_leak_report(workshop.root)
    if before is not None and before.get("of") == compared:
        found: dict[str, str] = before["dropped"]
        return found
    prints = list(_prints(workshop, sorted(split_of)))
    near = None if scorer is None else _near(workshop, scorer, prints, split_of)
    matches = find_matches(prints, near or ())
    report = guard(matches, split_of, len(prints), near=None if near is None else len(near))
    write_leak_report(report, split_of, workshop.root, of=compared)
    return report.dropped


def _leak_scorer(workshop: Workshop) -> Scorer | None:
    """Return what finds further candidates, if one is configured.

    Raises:
        ConfigError, PluginError: if it cannot work here; says what to get.
    """
    chosen = workshop.config.pack.leak_scorer
    return None if chosen is None else workshop.provider("scorer", chosen)


def _near(
    workshop: Workshop, scorer: Scorer, prints: Sequence[Fingerprint], split_of: Mapping[str, Split]
) -> list[tuple[str, str]]:
    scorer.check()
    names = [one.item for one in prints]
    if not names:
        return []
    vectors = embedded(names, workshop.blobs, scorer, workshop.config.sample_rate_hz)
    return list(near_pairs(names, vectors, [split_of[name] for name in names]))


def _prints(workshop: Workshop, blobs: Sequence[str]) -> Iterator[Fingerprint]:
    """Yield the fingerprints of recordings that are long enough to be told apart."""
    for sha256 in blobs:
        samples, rate = workshop.blobs.samples(sha256)
        if len(samples) >= LEAST_SECONDS * rate:
            yield fingerprint(sha256, samples, rate)


def drop_source(root: Path, source: str, reason: str) -> None:
    """Note that a recording is taken down; `select` leaves out what it was used for."""
    path = root / DROPPED
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"source": source, "reason": reason}, ensure_ascii=False) + "\n")
