"""What the published web page does to speech after it is made. Shapes: C channels, N samples."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

VOICE_SECONDS = 6.0
"""How much of the end of a voice prompt is heard."""

FRAME, HOP = 2048, 512
BELOW_LOUDEST_DB = 30.0
LEAST_SECONDS = 0.2


def trim_silence(samples: Tensor, sample_rate_hz: int) -> Tensor:
    """Return a clip (C, N) without the silence before and behind its sound.

    Silent is a frame of 2048 samples whose power, averaged over channels, is more than 30 dB
    below the loudest frame's; at least 200 ms are kept. A clip of silence is left as it is.
    """
    mono = samples.mean(dim=0)
    padded = functional.pad(mono, (FRAME // 2, FRAME // 2))
    power = padded.unfold(0, FRAME, HOP).square().mean(dim=1)
    loudest = power.max()
    if not bool(loudest > 0):
        return samples
    heard = torch.nonzero(10 * torch.log10(power / loudest) > -BELOW_LOUDEST_DB).flatten()
    start = int(heard[0]) * HOP
    end = min((int(heard[-1]) + 1) * HOP, samples.shape[1])
    least = min(round(LEAST_SECONDS * sample_rate_hz), samples.shape[1])
    if end - start < least:
        end = min(start + least, samples.shape[1])
        start = end - least
    return samples[:, start:end]
