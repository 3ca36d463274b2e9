"""Resampling as the PyTorch port of VGGish does it, by a Kaiser-windowed sinc. Shape: N samples.

Ours resamples as all networks here do (`loading`); this is to check against the port's numbers.
The constants are those of resampy's ``kaiser_best`` from 0.4 on. Its table of the filter is
stepped through by whole entries, which shifts the filter's edge by 5e-5 and shows in VGGish's
highest band, so that is done here too.

Source: Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

ZERO_CROSSINGS = 50
ROLL_OFF = 0.917347
BETA = 12.9846
TABLE = 1 << 13
"""Entries of the filter's table for each zero crossing."""

BLOCK = 4096
"""Output samples that are computed at a time."""


def resample_kaiser_best(samples: Tensor, rate_hz: int, wanted_hz: int) -> Tensor:
    """Return (N,) float64 at another rate; zeros lie beyond both ends.

    Args:
        samples: (N,) at ``rate_hz``.
        rate_hz: of the input.
        wanted_hz: of the output.
    """
    scale = min(1.0, wanted_hz / rate_hz)
    step = int(scale * TABLE) / TABLE
    reach = math.ceil(ZERO_CROSSINGS / step) + 1
    padded = torch.nn.functional.pad(samples.double(), (reach, reach))
    length = samples.numel() * wanted_hz // rate_hz
    taps = torch.arange(reach)
    blocks = []
    for start in range(0, length, BLOCK):
        outputs = torch.arange(start, min(start + BLOCK, length))
        before = (outputs * rate_hz // wanted_hz + reach)[:, None]
        late = scale * (outputs * rate_hz % wanted_hz).double()[:, None] / wanted_hz
        left = padded[before - taps] * _filter(late + taps * step)
        right = padded[before + 1 + taps] * _filter(scale - late + taps * step)
        blocks.append((left + right).sum(dim=1) * scale)
    return torch.cat(blocks) if blocks else padded[:0]


def _filter(away: Tensor) -> Tensor:
    """Return the filter at times in periods of the slower rate."""
    share = (away / ZERO_CROSSINGS).square()
    window = torch.special.i0(BETA * (1.0 - share).clamp_min(0.0).sqrt())
    window = window / torch.special.i0(torch.tensor(BETA, dtype=torch.float64))
    return ROLL_OFF * torch.sinc(ROLL_OFF * away) * torch.where(share <= 1.0, window, 0.0)
