"""Pairs without the recordings that stand in two splits under two names (spec section 5.2)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..choosing import ProviderConfig
from ..providers.contract import Scorer
from ..records import EditRecord, Split
from ..splits.fingerprints import Fingerprint, fingerprint
from ..splits.leak import check_leaks, guard, read_leak_report, write_leak_report
from ..splits.matching import find_matches
from ..splits.nearest import embedded, near_pairs
from ..stages.workshop import Workshop

LEAST_SECONDS = 1.0
"""What is shorter cannot be confirmed to be the same, see `splits.matching`."""

SIDES: tuple[Split, ...] = ("train", "validation", "test")


def without_leaks(
    workshop: Workshop, records: list[EditRecord], left_out: Counter[str]
) -> list[EditRecord]:
    """Return the records without those of a training recording that is another split's, too.

    ``reports/leak.json`` tells which, and what was compared.

    Args:
        workshop: of the data set; ``pack.leak_scorer`` finds further candidates.
        records: each in its split.
        left_out: gets how many pairs go.

    Raises:
        ConfigError, PluginError: if the scorer cannot work here; says what to get.
        DataError: if a recording that has to go would stay.
    """
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
    check_leaks(dropped, {i.sha256: r.split for r in kept for i in r.provenance.ingredients})
    return kept


def _same_by_ear(workshop: Workshop, split_of: Mapping[str, Split]) -> Mapping[str, str]:
    """Return the recordings that go, with what they are the same as.

    Compared once for each set of recordings and splits: a set is looked at where no scorer is.
    """
    chosen = workshop.config.pack.leak_scorer
    by = [] if chosen is None else [chosen.model_dump(mode="json")]
    text = json.dumps([*sorted(split_of.items()), *by])
    compared = hashlib.sha256(text.encode()).hexdigest()
    before = read_leak_report(workshop.root)
    if before is not None and before.get("of") == compared:
        found: dict[str, str] = before["dropped"]
        return found
    prints = list(_prints(workshop, sorted(split_of)))
    near = None if chosen is None else _near(workshop, chosen, prints, split_of)
    matches = find_matches(prints, near or ())
    report = guard(matches, split_of, len(prints), near=None if near is None else len(near))
    write_leak_report(report, split_of, workshop.root, of=compared)
    return report.dropped


def _near(
    workshop: Workshop,
    chosen: ProviderConfig,
    prints: Sequence[Fingerprint],
    split_of: Mapping[str, Split],
) -> list[tuple[str, str]]:
    """Return the recordings of different splits that a scorer takes for the same.

    Raises:
        ConfigError, PluginError: if it cannot work here; says what to get.
    """
    scorer: Scorer = workshop.provider("scorer", chosen)
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
