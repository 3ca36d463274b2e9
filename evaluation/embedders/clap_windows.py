"""The windows of 10 s that CLAP hears of a clip, none of them drawn. Shapes: N samples."""

from __future__ import annotations

import torch
from torch import Tensor

RATE_HZ = 48000
WINDOW, HOP = 10 * RATE_HZ, 5 * RATE_HZ


def windows(samples: Tensor, *, first_only: bool = False) -> Tensor:
    """Return windows (W, 480000) of a clip (N,) at 48 kHz.

    A longer clip has one every 5 s; if they do not reach its end, one more does. A shorter clip is
    repeated while it fits whole, then zeros follow, as in CLAP's training.
    """
    count = len(samples)
    if count < WINDOW:
        repeated = samples.repeat(WINDOW // count)
        return torch.nn.functional.pad(repeated, (0, WINDOW - len(repeated)))[None]
    starts = [0] if first_only else list(range(0, count - WINDOW + 1, HOP))
    if not first_only and starts[-1] + WINDOW < count:
        starts.append(count - WINDOW)
    return torch.stack([samples[start : start + WINDOW] for start in starts])


def quantised(samples: Tensor) -> Tensor:
    """Return a clip rounded to 16 bits and back, as LAION's own tool does."""
    return (samples.clamp(-1.0, 1.0) * 32767.0).to(torch.int16).to(torch.float32) / 32767.0
