"""The integer grid, on which mixing is addition and differences are exact. Shapes: N samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....core.errors import DataError
from ..blobs import Grid
from ..stopwatch import timed


@timed("quantising")
def quantise(samples: NDArray[np.float32], gain: float, bits: int) -> Grid:
    """Return ``rint(gain · samples · 2^(bits − 1))``, in double precision, as int32.

    Raises:
        DataError: if a value does not fit ``bits`` bits.
    """
    scaled = samples.astype(np.float64)
    scaled *= gain * 2.0 ** (bits - 1)
    np.rint(scaled, out=scaled)
    check_range(scaled, bits)
    return scaled.astype(np.int32)


@timed("mixing")
def mix(parts: list[Grid], bits: int) -> Grid:
    """Return the sum of parts on one grid.

    Raises:
        DataError: if the sum does not fit: the common gain was too large.
    """
    total = parts[0].astype(np.int32)
    for part in parts[1:]:
        total += part  # 24 bits in 32: room for 256 parts
    check_range(total, bits)
    return total


def check_range(values: NDArray[np.float64] | Grid, bits: int) -> None:
    """Raise DataError unless all values are less than ``2^(bits − 1)`` in magnitude."""
    most = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    if not most < 2 ** (bits - 1):
        raise DataError(
            f"A sample of {most:.0f} does not fit {bits} bits; expected under {2 ** (bits - 1)}."
        )


def fade_edges(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """Return (N,) samples that rise from and fall to zero over 10 ms, or N/4 of short ones."""
    length = min(round(0.010 * sample_rate_hz), len(samples) // 4)
    if length == 0:
        return samples
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
    faded = samples.copy()
    faded[:length] *= rise
    faded[-length:] *= rise[::-1]
    return faded
