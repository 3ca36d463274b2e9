"""Whether separated tracks can be told from recordings by their sound alone (spec section 3.5).

If so, a model may learn the separator's residue instead of the edit. Shapes: S tracks, F features.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blobs import BlobStore
from ..records import EditRecord
from ..seeds import fraction
from ..sound.guards import Signal

BANDS = 64
SAMPLE = 2000
WARNING = 0.9
RIDGE = 1e-2

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Fingerprint:
    """How well a linear probe tells separated tracks from recordings.

    Attributes:
        accuracy: on held-out items; 0.5 is chance.
        items: pairs of one recording and one separated track that were compared.
    """

    accuracy: float
    items: int

    @property
    def warning(self) -> str | None:
        """Return what to mind, or `None`."""
        if self.accuracy <= WARNING:
            return None
        return (
            f"fingerprint: a linear probe on mean log-mel tells separated tracks from recordings "
            f"in {self.accuracy:.0%} of {2 * self.items} cases. A model could learn the "
            "separator's residue instead of the edit; mixture_mode recomposed has it on both sides."
        )


def fingerprint(records: Iterable[EditRecord], blobs: BlobStore) -> Fingerprint | None:
    """Return how well residuals are told from recordings; `None` with fewer than 20 items.

    Args:
        records: of a data set; those that remove a sound from a recording are used, at most 2 000.
        blobs: where their audio is.
    """
    wanted = filter(is_compared, records)
    chosen = sorted(wanted, key=lambda r: fraction("fingerprint", r.id))[:SAMPLE]
    if len(chosen) < 20:
        return None
    tracks = (  # one at a time: together they take gigabytes
        (blobs.samples(side.sha256)[0][: side.frames - r.pad_samples], side.sample_rate)
        for r in chosen
        for side in (r.source, r.target)
    )
    features = np.array([mean_log_mel(samples, rate) for samples, rate in tracks])
    is_separated = np.tile([False, True], len(chosen))
    fold = np.repeat([fraction("fold", *r.groups) < 0.5 for r in chosen], 2)
    return Fingerprint(probe_accuracy(features, is_separated, fold), len(chosen))


def is_compared(record: EditRecord) -> bool:
    """Tell whether a pair has a recording on one side, and what is left of it on the other."""
    is_removed = record.branch == "real" and record.task == "remove"
    return is_removed and record.scene.get("mixture_mode") == "original"


def probe_accuracy(features: Rows, labels: NDArray[np.bool_], fold: NDArray[np.bool_]) -> float:
    """Return the accuracy of a ridge probe, fitted on each fold and tried on the other.

    Args:
        features: (S, F).
        labels: (S,) what is to be told.
        fold: (S,) which of two folds; tracks of one recording are on one side.
    """
    right = 0
    for held_out in (fold, ~fold):
        if held_out.all() or not held_out.any():
            continue
        mean, std = features[~held_out].mean(axis=0), features[~held_out].std(axis=0) + 1e-9
        rows = np.c_[(features - mean) / std, np.ones(len(features))]
        known, sign = rows[~held_out], np.where(labels[~held_out], 1.0, -1.0)
        penalty = RIDGE * len(known) * np.eye(rows.shape[1])
        weights = np.linalg.solve(known.T @ known + penalty, known.T @ sign)
        right += int(((rows[held_out] @ weights > 0) == labels[held_out]).sum())
    return right / len(labels)


def mean_log_mel(samples: Signal, sample_rate_hz: int) -> Rows:
    """Return (F,): mean over time of 64 log-mel bands, without the overall level."""
    size, hop = 2048, 1024
    padded = np.pad(samples, (0, max(0, size - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
    bands = np.log(power @ _mel_bands(size, sample_rate_hz) + 1e-9).mean(axis=0)
    return np.asarray(bands - bands.mean(), np.float64)


@lru_cache(maxsize=4)
def _mel_bands(size: int, sample_rate_hz: int) -> NDArray[Any]:
    """Return (bins, 64) triangles, equally spaced on HTK's mel scale."""
    top = 2595 * np.log10(1 + sample_rate_hz / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(size, 1 / sample_rate_hz)[:, None]
    rise = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    return np.clip(np.minimum(rise, fall), 0, None)
