"""Resampling by Fourier transform of a whole clip, as seed-tts-eval does before it transcribes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESAMPLER = "Fourier transform of the whole clip (scipy.signal.resample)"


def fourier_resample(samples: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return a clip (N,) with another number of samples, as if it went round in a circle.

    Args:
        samples: real values.
        count: of the result; positive.

    Source: ``scipy.signal.resample``, whose values it gives.
    """
    have = len(samples)
    spectrum = np.fft.rfft(samples)
    kept = min(count, have)
    changed = np.zeros(count // 2 + 1, dtype=complex)
    changed[: kept // 2 + 1] = spectrum[: kept // 2 + 1]
    if kept % 2 == 0 and count != have:
        # The bin at half the lower rate stands for two, which fold onto or come apart from it.
        changed[kept // 2] *= 2.0 if count < have else 0.5
    return np.fft.irfft(changed, count) * (count / have)
