"""Compares the recordings that finished pairs are made of, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..blobs import BlobStore
from ..records import EditRecord, IngredientFacts, Split
from .fingerprints import Fingerprint, fingerprint
from .leak import LeakReport, guard
from .matching import find_matches


def recordings_of(records: Sequence[EditRecord]) -> dict[str, tuple[IngredientFacts, Split]]:
    """Return ``dataset:item`` → facts and split of every recording, in order.

    A recording that is in several splits is told by `check_splits`; here it is of its first.
    """
    found: dict[str, tuple[IngredientFacts, Split]] = {}
    for record in records:
        for used in record.provenance.ingredients:
            found.setdefault(f"{used.dataset}:{used.item}", (used, record.split))
    return dict(sorted(found.items()))


def compare_recordings(
    records: Sequence[EditRecord], blobs: BlobStore
) -> tuple[LeakReport, dict[str, Split]]:
    """Return which recordings sound the same, and the split of each.

    Args:
        records: finished pairs.
        blobs: where their recordings are; each is read and fingerprinted once.

    Raises:
        DataError: if a blob is missing or damaged.
    """
    recordings = recordings_of(records)
    split_of = {name: split for name, (_, split) in recordings.items()}
    prints = list(_prints(recordings, blobs))
    return guard(find_matches(prints), split_of, len(prints)), split_of


def _prints(
    recordings: dict[str, tuple[IngredientFacts, Split]], blobs: BlobStore
) -> Iterator[Fingerprint]:
    for name, (facts, _) in recordings.items():
        samples, rate = blobs.samples(facts.sha256)
        yield fingerprint(name, samples, rate)
