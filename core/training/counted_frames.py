"""Which latent frames count in the loss of an example of which a conditioner hid a part.

Shapes: B batch, T latent frames, F frames of a conditioner.
Source: Chen et al. 2024, "F5-TTS", learns what is hidden alone; Audio-Omni, section 5.1, learns
the whole utterance, which is the default.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ..data.records import EncodedExample
from ..geometry import Geometry
from ..hidden import HiddenFrames

Told = Sequence[HiddenFrames | None]
"""What one conditioner hid of each item of a batch."""


def counted_frames(
    told: Sequence[Told], batch: Sequence[EncodedExample], geometry: Geometry, frame_mask: Tensor
) -> Tensor:
    """Return which frames (B, T) bool count: of an example with a hidden part, only that part.

    An example of which nothing was drawn to be hidden counts whole. So does one of which too
    little was hidden to be half of any latent frame: a loss over nothing has no value. Where
    several conditioners hid something, what one of them hid counts.

    Args:
        told: what each conditioner hid that tells of it (`Conditioning.hidden`).
        batch: the examples, which say how long they are.
        geometry: of the latents.
        frame_mask: (B, T) bool, true where a frame is real.
    """
    masked = torch.zeros_like(frame_mask)
    for one in told:
        for own, hidden, example in zip(masked, one, batch, strict=True):
            if hidden is not None:
                found = masked_frames(hidden, example.samples, geometry)[: len(own)]
                own[: len(found)] |= widened(found)
    masked &= frame_mask
    return torch.where(masked.any(dim=1, keepdim=True), masked, frame_mask)


def masked_frames(hidden: HiddenFrames, samples: int, geometry: Geometry) -> Tensor:
    """Return the latent frames (T,) bool of which at least half is hidden.

    That is half of the conditioner's frames that a latent frame covers, fully or in part, and that
    lie within the clip. Where rounding leaves a latent frame none, the last one stands for it.

    Args:
        hidden: frames of a conditioner.
        samples: length of the clip at the latents' rate; T frames cover it.
        geometry: of the latents.
    """
    frames = hidden.frames
    # Both sides in units of 1 / (their rates' product) seconds: whole numbers, so nothing rounds.
    own, latent = hidden.hop * geometry.sample_rate_hz, geometry.hop * hidden.sample_rate_hz
    within = min(len(frames), -(-samples * hidden.sample_rate_hz // own))
    begins = torch.arange(geometry.frames(samples), device=frames.device) * latent
    first = begins.div(own, rounding_mode="floor").clamp(max=within - 1)
    end = (begins + latent + own - 1).div(own, rounding_mode="floor").clamp(max=within)
    before = functional.pad(frames.long().cumsum(dim=0), (1, 0))
    return 2 * (before[end] - before[first]) >= end - first


def widened(masked: Tensor) -> Tensor:
    """Return masked frames (T,) with one more on each side of every run, within the clip."""
    wide = masked.clone()
    wide[1:] |= masked[:-1]
    wide[:-1] |= masked[1:]
    return wide
