"""Sounds that have to be exactly as long as others."""

from __future__ import annotations

import numpy as np

from .contract import Signal


def as_long(samples: Signal, length: int) -> Signal:
    """Return (length,) float32 samples of (N,): cut, or with silence at the end."""
    kept = samples[:length].astype(np.float32)
    return np.pad(kept, (0, length - len(kept)))
