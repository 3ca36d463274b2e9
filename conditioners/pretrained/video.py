"""Frames of a video for a frozen network, and when each of its tokens is.

Shapes: F frames, P pixels of a frame's side, T tokens, D width.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.media.video import VideoClip, sample_frames, sampling_notes
from .config import VideoConfig
from .tokens import FrozenTokens

PERIODS = 16
SHORTEST_SECONDS, LONGEST_SECONDS = 0.25, 64.0


class VideoTokens(FrozenTokens[VideoClip]):
    """Sees the frames of a video at a steady rate, and says of each token when it is.

    Cross-attention knows no order: without the time in its token, a frame could be anywhere.
    """

    config: VideoConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the network, then the projections of its states and of times.

        Raises:
            ConfigError: if the network is not available.
        """
        super().__init__(config, width)
        self.when = TimeOfToken(width)

    @property
    def pixels(self) -> int:
        """Return the side of the frames that the network sees."""
        size = self.pretrained.config.image_size
        return int(size if isinstance(size, int) else size[0])

    def prepare(self, payload: VideoClip) -> Tensor:
        """Return frames (F, 3, P, P) uint8; F follows from what is seen of the clip.

        Raises:
            MediaError: if the video cannot be decoded.
        """
        return sample_frames(payload, **self._sampling(payload))

    def conversions(self, payload: VideoClip) -> tuple[str, ...]:
        """Return how the video's frames were chosen and changed."""
        notes = sampling_notes(payload, **self._sampling(payload))
        return (*payload.conversions, *notes)

    def _sampling(self, clip: VideoClip) -> dict[str, Any]:
        config = self.config
        return {
            "fps": config.fps,
            "seconds": max(min(config.seconds, clip.seconds), 1 / config.fps),
            "size": (self.pixels, self.pixels),
            "timing": config.timing,
        }

    def normalised(self, frames: Tensor) -> Tensor:
        """Return frames (F, 3, P, P) uint8 as the network reads them, on its device."""
        weight = next(self.pretrained.network.parameters())
        processor = self.pretrained.extractor
        mean, std = (
            torch.tensor(values, device=weight.device)[:, None, None]
            for values in (processor.image_mean, processor.image_std)
        )
        return ((frames.to(weight.device).float() / 255 - mean) / std).to(weight.dtype)


class TimeOfToken(nn.Module):
    """Sines and cosines of a time in seconds, projected."""

    def __init__(self, width: int) -> None:
        """Build the projection to tokens of a width."""
        super().__init__()
        self.project = nn.Linear(2 * PERIODS, width, bias=False)

    def forward(self, seconds: Tensor) -> Tensor:
        """Return (T, D) of times (T,) in seconds."""
        periods = torch.logspace(
            math.log10(SHORTEST_SECONDS),
            math.log10(LONGEST_SECONDS),
            PERIODS,
            device=seconds.device,
        )
        angles = 2 * math.pi * seconds[:, None] / periods
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        return self.project(waves.to(self.project.weight.dtype))
