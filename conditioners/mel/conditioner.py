"""A reference clip as low-level tokens, one per mel frame.

Shapes: B batch, N samples, M mel bands, F frames of the clip, T of the result, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition, Conditioner
from ...core.costs import ConditionerCost, ExampleShape
from ...core.media.audio import resample, to_channels
from ...core.media.waveform import Waveform
from ...core.payloads import REFERENCE_AUDIO, ReferenceAudio
from .config import MelConfig
from .front_end import build_front_end
from .hiding import hidden_part, hiding_notes, result_frames
from .training_mask import Prepared, hidden_frames, told

# On the CPU also where the first to import this builds a model on the meta device.
NO_CLIP = {"hidden": torch.zeros(1, dtype=torch.bool, device="cpu"), "utterance": False}
"""What is hidden of an empty slot, which has one token."""


class MelConditioner(Conditioner[ReferenceAudio]):
    """Log-mel frames, scaled to about unit variance and projected; an absent clip is one token.

    The projection keeps levels (nothing normalises a frame), since an edit has to reproduce them.
    The tokens cover what is made: where the clip has ended or is hidden, they are one learned
    token, which no silence can be mistaken for.

    Source: Audio-Omni, sections 4.2 and 5.1 (44.1 kHz, FFT 1024, hop 256, 100 bands; 20 to 75 %
    of an utterance hidden in training).
    """

    config_model = MelConfig
    config: MelConfig
    draws = True

    def __init__(self, config: BaseModel, width: int) -> None:
        """Build the front end, the projection, and the tokens of no clip and of unknown frames."""
        config = MelConfig.model_validate(config)
        super().__init__(config, width)
        self._front_end = build_front_end(config)
        self.project = nn.Linear(config.mels, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))
        self.unknown = nn.Parameter(0.02 * torch.randn(width))

    @property
    def hides(self) -> bool:  # type: ignore[override]
        """Return whether training hides a part of utterances."""
        return self.config.hides

    def cost(self, example: ExampleShape) -> ConditionerCost:
        """Return one token and ``mels`` numbers for each frame; an absent clip is one token."""
        if REFERENCE_AUDIO not in example.fills:
            return ConditionerCost(tokens=1)
        frames = self.config.frames_of(example.seconds)
        return ConditionerCost(tokens=frames, feature_numbers=frames * self.config.mels)

    @torch.no_grad()
    def prepare(self, payload: ReferenceAudio) -> dict[str, Any] | None:
        """Return ``log_mel`` (M, F) float32, scaled, F = ceil(N / hop), and what of it is hidden.

        `None` without a clip. A clip of another rate or with several channels is resampled and
        averaged, which the waveform records in its conversions. What is hidden is described by
        `hiding.hidden_part`; T is F, unless ``seconds`` says that the result is longer.

        Raises:
            MediaError: if the clip is shorter than half a window.
            RequestError: if the clip is longer than the result, or a blanked part not within it.
        """
        if payload.waveform is None:
            return None
        clip = heard(payload.waveform, self.config.sample_rate_hz)
        total = result_frames(payload, clip, self.config)
        hidden = hidden_part(payload, clip, self.config, total, total)
        log_mel = self._front_end[0](clip.samples[0])[:, : hidden["clip_frames"]]
        scaled = (log_mel - self.config.mean) / self.config.scale
        return {"log_mel": scaled.contiguous(), **hidden}

    def conversions(self, payload: ReferenceAudio) -> tuple[str, ...]:
        """Return what is done to the clip before its mel is taken, and what of it is hidden."""
        if payload.waveform is None:
            return ()
        clip = heard(payload.waveform, self.config.sample_rate_hz)
        return (*clip.conversions, *hiding_notes(payload, clip, payload.seconds))

    def forward(
        self,
        features: Sequence[Any | None],
        generators: Sequence[torch.Generator] | None = None,
    ) -> Condition:
        """Return tokens (B, T_max, D), valid ones first; an empty slot has one, the null token.

        In training it tells what was drawn to be hidden of each utterance, whatever follows its
        clip included.

        Raises:
            ContractError: in training, if an utterance comes without ``generators``.
        """
        weight = self.project.weight
        items = [item or NO_CLIP for item in features]
        hidden = [own.to(weight.device) for own in self._hidden(items, generators)]
        unknown = nn.utils.rnn.pad_sequence(hidden, batch_first=True)
        lengths = torch.tensor([len(own) for own in hidden], device=weight.device)
        mask = torch.arange(unknown.shape[1], device=weight.device) < lengths[:, None]
        absent = torch.tensor([item is None for item in features], device=weight.device)
        tokens = self.project(self._log_mels(features, unknown.shape[1]))
        tokens = torch.where(unknown[:, :, None], self.unknown, tokens)
        tokens = torch.where(absent[:, None, None], self.null, tokens)
        drawn = told(items, hidden, self.config) if self.training and self.hides else None
        return Condition(tokens * mask[:, :, None], mask, drawn)

    def _log_mels(self, features: Sequence[Any | None], frames: int) -> Tensor:
        """Return log-mels (B, T_max, M), zero where there is no clip or it has ended."""
        weight = self.project.weight
        log_mels = weight.new_zeros(len(features), frames, self.config.mels)
        for own, item in zip(log_mels, features, strict=True):
            if item is not None:
                own[: item["log_mel"].shape[-1]] = item["log_mel"].T.to(weight)
        return log_mels

    def _hidden(
        self, items: Sequence[Prepared], generators: Sequence[torch.Generator] | None
    ) -> list[Tensor]:
        """Return which tokens (T_i,) of each item are unknown."""
        parts = self.config.training_mask if self.training else None
        shapes = self.config.training_shapes
        return hidden_frames(items, parts, generators, shapes)


def heard(clip: Waveform, sample_rate_hz: int) -> Waveform:
    """Return a clip (1, N) as a mel front end hears it: mono, at the front end's rate."""
    return resample(to_channels(clip, 1), sample_rate_hz)
