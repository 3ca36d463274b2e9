"""Audio-visual timing and meaning, as av-bench has them: DeSync and the IB score.

Source: Iashin et al. 2024, "Synchformer"; Cheng et al. 2025, "MMAudio", sec. 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.bootstrap import bootstrap_interval
from ...core.errors import DataError
from .rows import as_rows
from .student import Interval

CLASSES = 21
WINDOW_SEGMENTS = 14
"""Segments that the head compares at once: 4.8 s."""

VIDEO_FPS, VIDEO_FRAMES, VIDEO_STEP = 25, 16, 8
AUDIO_RATE_HZ, AUDIO_SAMPLES, AUDIO_STEP = 16_000, 10_240, 5_120


@dataclass(frozen=True)
class DeSync:
    """How far sound and picture lie apart.

    Attributes:
        value: mean |offset| over both windows and all clips, in seconds, 0 to 2.
        per_clip: (N,) seconds, mean of a clip's windows.
        interval: 95 %, by bootstrap over clips; `None` for one clip.
        histogram: (21,) how many windows each offset won; a head that always says 0 shows here.
    """

    value: float
    per_clip: NDArray[np.float64]
    interval: Interval | None
    histogram: NDArray[np.int64]


def offset_grid() -> NDArray[np.float32]:
    """Return the offsets in seconds that the classes stand for: −2 to 2 in steps of 0.2."""
    return np.linspace(-2.0, 2.0, CLASSES).astype(np.float32)


def desync(first: ArrayLike, last: ArrayLike) -> DeSync:
    """Return the mean absolute offset from logits (N, 21) of the first and the last window.

    Args:
        first: logits of the first 14 segments of each clip.
        last: logits of its last 14 segments.

    Raises:
        DataError: if the shapes are not (N, 21) both, or a number is not finite.
    """
    windows = [
        as_rows(logits, f"offset logits of the {which} window", width=CLASSES, at_least=1)
        for which, logits in (("first", first), ("last", last))
    ]
    if len(windows[0]) != len(windows[1]):
        raise DataError(
            f"Got {len(windows[0])} first and {len(windows[1])} last windows; expected one of "
            "each for every clip."
        )
    classes = np.stack([logits.argmax(axis=1) for logits in windows], axis=1)
    per_clip = np.abs(offset_grid()[classes].astype(np.float64)).mean(axis=1)
    return DeSync(
        value=float(per_clip.mean()),
        per_clip=per_clip,
        interval=bootstrap_interval(per_clip),
        histogram=np.bincount(classes.ravel(), minlength=CLASSES),
    )


def windows_of(segments: int) -> tuple[slice, slice]:
    """Return the first and the last window of a clip's segments.

    Raises:
        DataError: if there are fewer than 14.
    """
    if segments < WINDOW_SEGMENTS:
        raise DataError(
            f"Got {segments} segments; expected at least {WINDOW_SEGMENTS}, which are 4.8 s. "
            "Measure longer clips."
        )
    return slice(0, WINDOW_SEGMENTS), slice(segments - WINDOW_SEGMENTS, segments)


def video_segments(frames: int) -> int:
    """Return the segments of 16 frames, 8 apart, that fit into a video at 25 fps."""
    return _fit(frames, VIDEO_FRAMES, VIDEO_STEP)


def audio_segments(samples: int) -> int:
    """Return the segments of 0.64 s, 0.32 s apart, that fit into a waveform at 16 kHz."""
    return _fit(samples, AUDIO_SAMPLES, AUDIO_STEP)


def _fit(length: int, size: int, step: int) -> int:
    return max(0, (length - size) // step + 1)
