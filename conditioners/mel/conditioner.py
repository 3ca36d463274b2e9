"""A reference clip as low-level tokens, one per mel frame.

Shapes: B batch, N samples, M mel bands, F frames, D width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition, Conditioner
from ...core.media.audio import resample, to_channels
from ...core.media.mel import LogMel
from ...core.media.waveform import Waveform
from ...core.payloads import ReferenceAudio
from .config import MelConfig


class MelConditioner(Conditioner[ReferenceAudio]):
    """Log-mel frames, scaled to about unit variance and projected; an absent clip is one token.

    The projection keeps levels (nothing normalises a frame), since an edit has to reproduce them.

    Source: Audio-Omni, sections 4.2 and 5.1 (44.1 kHz, FFT 1024, hop 256, 100 bands).
    """

    config_model = MelConfig
    config: MelConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Build the front end, the projection and the null token."""
        config = MelConfig.model_validate(config)
        super().__init__(config, width)
        # A tuple keeps the front end out of `.to(device)`: prepare runs on the CPU, in workers.
        self._front_end = (
            LogMel(
                sample_rate_hz=config.sample_rate_hz,
                fft_size=config.fft_size,
                hop=config.hop,
                mels=config.mels,
            ),
        )
        self.project = nn.Linear(config.mels, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))

    @torch.no_grad()
    def prepare(self, payload: ReferenceAudio) -> Tensor | None:
        """Return the scaled log-mel (M, F) float32, F = ceil(N / hop); `None` without a clip.

        A clip of another rate or with several channels is resampled and averaged, which the
        waveform records in its conversions.

        Raises:
            MediaError: if the clip is shorter than half a window.
        """
        if payload.waveform is None:
            return None
        clip = heard(payload.waveform, self.config.sample_rate_hz).samples[0]
        frames = math.ceil(clip.shape[-1] / self.config.hop)
        log_mel = self._front_end[0](clip)[:, :frames]
        return ((log_mel - self.config.mean) / self.config.scale).contiguous()

    def conversions(self, payload: ReferenceAudio) -> tuple[str, ...]:
        """Return what is done to the clip before its mel is taken."""
        if payload.waveform is None:
            return ()
        return heard(payload.waveform, self.config.sample_rate_hz).conversions

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, F_max, D), valid ones first; an empty slot has one, the null token."""
        weight = self.project.weight
        counts = [1 if item is None else int(item.shape[-1]) for item in features]
        frames = weight.new_zeros(len(features), max(counts), self.config.mels)
        for i, item in enumerate(features):
            if item is not None:
                frames[i, : counts[i]] = item.T.to(weight)
        lengths = torch.tensor(counts, device=weight.device)
        mask = torch.arange(max(counts), device=weight.device) < lengths[:, None]
        absent = torch.tensor([item is None for item in features], device=weight.device)
        tokens = torch.where(absent[:, None, None], self.null, self.project(frames))
        return Condition(tokens * mask[:, :, None], mask)


def heard(clip: Waveform, sample_rate_hz: int) -> Waveform:
    """Return a clip (1, N) as a mel front end hears it: mono, at the front end's rate."""
    return resample(to_channels(clip, 1), sample_rate_hz)
