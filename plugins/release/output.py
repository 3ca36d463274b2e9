"""Audio as the published interface returns it. Shapes: B batch, C channels, N samples."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.errors import RequestError

FULL_SCALE = 32767


def to_int16(audio: Tensor) -> Tensor:
    """Return a batch as one strip of 16-bit samples, its loudest sample at full scale.

    Clips follow one another in time; the peak is that of the whole batch, so a clip's level
    depends on its neighbours. Silence stays silent. Values are truncated, not rounded.

    Args:
        audio: (B, C, N) floating point.

    Returns:
        (C, B · N) int16, on the CPU.

    Raises:
        RequestError: for another shape.
    """
    if audio.ndim != 3:
        raise RequestError(f"Got audio {tuple(audio.shape)}; expected (B, C, N).")
    strip = audio.detach().float().transpose(0, 1).flatten(1)
    peak = strip.abs().max() if strip.numel() else strip.new_zeros(())
    if peak > 0:
        strip = strip / peak
    return (strip.clamp(-1, 1) * FULL_SCALE).to(torch.int16).cpu()
