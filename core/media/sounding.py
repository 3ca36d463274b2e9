"""Where a clip begins and ceases to sound. Shapes: C channels, N samples."""

from __future__ import annotations

import torch

from .waveform import Waveform

WINDOW_S = 0.01
BELOW_LOUDEST_DB = 40.0


def sounding_span(
    clip: Waveform, below_loudest_db: float = BELOW_LOUDEST_DB
) -> tuple[float, float] | None:
    """Return (start, end) in seconds of what sounds, pauses within it included.

    A window of 10 ms sounds if its mean square is at most so far under the loudest window's.

    Returns:
        The span; `None` for a clip without sound, or without a window.
    """
    rate, size = clip.sample_rate_hz, round(WINDOW_S * clip.sample_rate_hz)
    mono = clip.samples.mean(dim=0).double()
    windows = mono[: mono.numel() // size * size].view(-1, size) if size else mono[:0]
    if not windows.numel():
        return None
    power = windows.square().mean(dim=1)
    if float(power.max()) <= 0:
        return None
    sounding = torch.nonzero(power >= power.max() * 10 ** (-below_loudest_db / 10)).flatten()
    return int(sounding[0]) * size / rate, (int(sounding[-1]) + 1) * size / rate
