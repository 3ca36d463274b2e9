"""Rectified flow. t = 1 is noise, t = 0 is data; the velocity points from data to noise.

Shapes: B batch, C channels, T frames.
Source: Liu et al. 2022, "Flow Straight and Fast"; Audio-Omni, equations 1, 2 and 5.
"""

from __future__ import annotations

import torch
from torch import Tensor


def sample_times(batch: int, generator: torch.Generator) -> Tensor:
    """Return training times (B,), uniform in [0, 1), on the generator's device."""
    return torch.rand(batch, generator=generator, device=generator.device)


def interpolate(x_0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Return x_t = (1 − t) x_0 + t noise.

    Args:
        x_0: (B, C, T) latents of data.
        noise: (B, C, T) standard normal.
        t: (B,) in [0, 1].
    """
    weight = t.to(x_0.dtype)[:, None, None]
    return (1 - weight) * x_0 + weight * noise


def velocity_target(x_0: Tensor, noise: Tensor) -> Tensor:
    """Return dx_t/dt = noise − x_0, the same at every t."""
    return noise - x_0


def flow_loss(velocity: Tensor, target: Tensor, frame_mask: Tensor | None = None) -> Tensor:
    """Return the mean squared error of each example over its valid frames, (B,) float32.

    Args:
        velocity: (B, C, T) predicted.
        target: (B, C, T).
        frame_mask: (B, T) bool, true where valid, at least one per item; `None` when all are.
    """
    per_frame = (velocity.float() - target.float()).square().mean(dim=1)
    if frame_mask is None:
        return per_frame.mean(dim=1)
    # `where`, not a product: whatever stands in the padding must not reach the loss.
    valid = torch.where(frame_mask, per_frame, 0.0)
    return valid.sum(dim=1) / frame_mask.sum(dim=1)
