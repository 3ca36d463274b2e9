"""Prove a pair from its files alone: they differ by one event, where and as loud as it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ....core.errors import DataError
from ..blobs import BlobStore, Grid, decode_grid
from ..records import AudioFacts, EditRecord
from ..sound.guards import Signal
from ..sound.loudness import lufs
from .audible import is_audible

SNR_TOLERANCE_DB = 0.1
LEAST_SNR_SECONDS = 0.5
"""Shorter events are repeated to be measured, and quantised coarsely; their SNR is not checked."""

REASONS = {
    "unreadable": "a file is missing, damaged, or not what its record says",
    "not_exact": "source and target differ outside the event's span",
    "empty_edit": "source and target are the same",
    "inaudible": "the event cannot be heard in its scene",
    "full_scale": "a sample stands at full scale",
    "snr": "the event is not as loud as planned",
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a pair."""

    reason: str
    detail: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """What was found of a pair.

    Attributes:
        fault: what is wrong with it, or `None`.
        snr_db: loudness of the event over its background's, as it came out, in LU; `None` where
            it cannot be told: of short events, of several, and in stereo.
    """

    fault: Fault | None
    snr_db: float | None = None


def fault_of(record: EditRecord, blobs: BlobStore) -> Fault | None:
    """Return what is wrong with a pair, or `None`; reads both files."""
    return examined(record, blobs).fault


def examined(record: EditRecord, blobs: BlobStore) -> Examined:
    """Return what is found of a pair; reads both files.

    Source: the equalities of spec section 4.4, on integers.
    """
    try:
        source, target = _read(record.source, blobs), _read(record.target, blobs)
    except DataError as failure:
        return Examined(Fault("unreadable", str(failure)))
    full, rest, event = parts_of(record.task, source, target)
    limit = 2 ** (record.target.bits - 1) - 1
    if max(int(np.abs(full).max()), int(np.abs(rest).max())) >= limit:
        return Examined(Fault("full_scale"))
    if not event.any():
        return Examined(Fault("empty_edit"))
    onset, length = _place(record)
    outside = np.concatenate([event[:onset], event[onset + length :]])
    if outside.any():
        wrong = f"{int((outside != 0).sum())} samples differ outside the span"
        return Examined(Fault("not_exact", wrong))
    return _heard(record, rest, event[onset : onset + length], onset, length)


def parts_of(task: str, source: Grid, target: Grid) -> tuple[Grid, Grid, Grid]:
    """Return the scene with the event, the scene without it, and the event alone, as integers."""
    if task == "add":
        return target, source, target - source
    if task == "remove":
        return source, target, source - target
    return source, source - target, target


def _heard(record: EditRecord, rest: Grid, event: Grid, onset: int, length: int) -> Examined:
    rate = record.target.sample_rate
    scale = 2.0 ** (1 - record.target.bits)
    own, meanwhile = _mono(event) * scale, _mono(rest[onset : onset + length]) * scale
    if not is_audible(own, meanwhile, rate):
        return Examined(Fault("inaudible"))
    if len(record.scene["events"]) > 1 or length < LEAST_SNR_SECONDS * rate:
        return Examined(None)  # what is left of the others is no background
    if record.target.channels > 1:
        return Examined(None)  # levels are set before panning
    background = lufs((_mono(rest) * scale).astype(np.float32), rate)
    loudness = lufs(own.astype(np.float32), rate)
    if background is None or loudness is None:
        return Examined(Fault("snr", "one of them has no loudness"))
    planned = record.scene["events"][record.scene["edited"]]["snr_db"]
    snr_db = loudness - background
    error = abs(snr_db - planned)
    fault = Fault("snr", scores={"snr_error_db": error}) if error > SNR_TOLERANCE_DB else None
    return Examined(fault, snr_db)


def _place(record: EditRecord) -> tuple[int, int]:
    event = record.scene["events"][record.scene["edited"]]
    return int(event["onset"]), int(event["length"])


def _read(facts: AudioFacts, blobs: BlobStore) -> Grid:
    grid, rate = decode_grid(blobs.bytes(facts.sha256), facts.bits)
    if rate != facts.sample_rate or len(grid) != facts.frames:
        raise DataError(
            f"Blob {facts.sha256[:12]}… has {len(grid)} samples at {rate} Hz; its record says "
            f"{facts.frames} at {facts.sample_rate}."
        )
    return grid


def _mono(grid: Grid) -> Signal:
    return grid.astype(np.float64) if grid.ndim == 1 else grid.mean(axis=1)
