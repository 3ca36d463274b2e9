"""A reference clip of fixed length as a fixed number of low-level tokens.

Shapes: B batch, N samples, M mel bands, F frames of the window, T tokens, D width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn import functional

from ...core.conditioning import Condition, Conditioner
from ...core.costs import ConditionerCost, ExampleShape
from ...core.errors import RequestError
from ...core.media.audio import Waveform, pad
from ...core.media.mel import FLOOR
from ...core.payloads import REFERENCE_AUDIO, ReferenceAudio
from .conditioner import heard
from .config import MelWindowConfig
from .front_end import build_front_end
from .hiding import hidden_part, hiding_notes, result_frames
from .speech_mask import SpeechMasks, draw_masks
from .training_mask import Prepared, hidden_frames, told

BLANK = 0.0
"""Log-mel of a blanked frame: a loud value, not silence, as the published model has it."""
EPS = 1e-6
NOTHING_HIDDEN = {"hidden": torch.zeros(0, dtype=torch.bool, device="cpu"), "utterance": False}


class MelWindow(Conditioner[ReferenceAudio]):
    """Log-mel frames of a window, mixed along time to a fixed number of tokens.

    First a linear map over time (F → T), then one over bands (M → D), then an RMS norm. The names
    of the weights are the published model's. A shorter clip is filled with silence at its end, an
    utterance with unknown frames as far as the result goes. What is hidden or unknown is `BLANK`.

    Source: Audio-Omni, sections 4.2 and 5.1; the published weights (1723 frames, 236 tokens).
    """

    config_model = MelWindowConfig
    config: MelWindowConfig
    draws = True

    def __init__(self, config: BaseModel, width: int) -> None:
        """Build the front end, the two projections and the learned tokens of an absent clip."""
        config = MelWindowConfig.model_validate(config)
        super().__init__(config, width)
        self._front_end = build_front_end(config)
        self.empty_audio_feat = nn.Parameter(torch.randn(1, config.tokens, width))
        self.proj_features = nn.Linear(config.mels, width)
        self.proj_sequence_features = nn.Linear(config.frames, config.tokens)

    @property
    def hides(self) -> bool:  # type: ignore[override]
        """Return whether training hides a part of utterances."""
        return self.config.hides

    @property
    def window_samples(self) -> int:
        """Return how many samples a clip is filled up to.

        A window has F frames from (F − 1) · hop to F · hop − 1 samples; of these lengths, the
        longest that is whole hundredths of a second, or else the shortest.
        """
        config = self.config
        shortest = (config.frames - 1) * config.hop
        hundredths = (config.frames * config.hop - 1) * 100 // config.sample_rate_hz
        return max(shortest, hundredths * config.sample_rate_hz // 100)

    @property
    def window_seconds(self) -> float:
        """Return the length of the window: 10 s at the published sizes."""
        return self.window_samples / self.config.sample_rate_hz

    def cost(self, example: ExampleShape) -> ConditionerCost:
        """Return all tokens, whether there is a clip or not, and the numbers of its window."""
        given = REFERENCE_AUDIO in example.fills
        numbers = self.config.frames * self.config.mels if given else 0
        return ConditionerCost(tokens=self.config.tokens, feature_numbers=numbers)

    @torch.no_grad()
    def prepare(self, payload: ReferenceAudio) -> dict[str, Any] | None:
        """Return ``log_mel`` (M, F) float32, ``speech``: whether it is a voice's, what is hidden.

        A clip of another rate or with several channels is resampled and averaged, a shorter one
        padded. Speech without a voice is `None`, or with ``absent: silence`` a voice that is
        silent. What is hidden is described by `hiding.hidden_part`.

        Raises:
            RequestError: if the clip, or the utterance that is made with it, is longer than the
                window, or a blanked part is not within the clip.
        """
        voice = payload.role == "voice"
        if payload.waveform is None:
            return self._silent(voice) if self.config.absent == "silence" else None
        clip = heard(payload.waveform, self.config.sample_rate_hz)
        log_mel = self._front_end[0](self._fitted(payload, clip).samples[0]).contiguous()
        unknown = self._unknown_until(payload, clip)
        hidden = hidden_part(payload, clip, self.config, self.config.frames, unknown)
        return {"log_mel": log_mel, "speech": voice, **hidden}

    def conversions(self, payload: ReferenceAudio) -> tuple[str, ...]:
        """Return what is done to the clip before its mel is taken, and what of it is hidden."""
        if payload.waveform is None:
            return ()
        clip = heard(payload.waveform, self.config.sample_rate_hz)
        unknown_until = payload.seconds if payload.role == "speech" else None
        hidden = hiding_notes(payload, clip, unknown_until)
        return (*self._fitted(payload, clip).conversions, *hidden)

    def _unknown_until(self, payload: ReferenceAudio, clip: Waveform) -> int:
        """Return at which frame the result of an utterance ends; what is behind it is silent.

        Behind another clip nothing is unknown: the published model hears silence behind a voice.
        """
        if payload.role != "speech":
            return 0
        total = result_frames(payload, clip, self.config)
        if total > self.config.frames:
            raise RequestError(
                f"The speech lasts {payload.seconds:.3f} s with what is made of it; this model "
                f"takes at most {self.window_seconds:g} s. Cut it."
            )
        return total

    def _fitted(self, payload: ReferenceAudio, clip: Waveform) -> Waveform:
        """Return a clip (1, N) that gives F frames; one of the right length is left as it is."""
        frames = self._front_end[0].frames(int(clip.samples.shape[-1]))
        if frames > self.config.frames:
            windows = ", or edit it in windows that overlap (long_source)"
            raise RequestError(
                f"The {payload.role} lasts {clip.seconds:.3f} s; this model takes at most "
                f"{self.window_seconds:g} s. Cut it{windows if payload.role == 'source' else ''}."
            )
        return pad(clip, self.window_samples) if frames < self.config.frames else clip

    def _silent(self, speech: bool) -> dict[str, Any]:
        silence = torch.full((self.config.mels, self.config.frames), math.log(FLOOR))
        return {"log_mel": silence, "speech": speech, **NOTHING_HIDDEN}

    def draw_masks(
        self, voices: Sequence[bool], generators: Sequence[torch.Generator] | None = None
    ) -> SpeechMasks:
        """Return what ``speech_mask`` blanks; without it nothing, and nothing is drawn.

        Args:
            voices: which items are voices.
            generators: one for each item.

        Raises:
            ContractError: if masks are to be drawn without generators.
        """
        frames = self.config.frames
        if self.config.speech_mask is None:
            batch = len(voices)
            return SpeechMasks(torch.zeros(batch), torch.zeros(batch, frames, dtype=torch.bool))
        return draw_masks(voices, frames, self.config.speech_mask, generators)

    def forward(
        self,
        features: Sequence[Any | None],
        generators: Sequence[torch.Generator] | None = None,
    ) -> Condition:
        """Return tokens (B, T, D), all valid.

        In training it tells what ``training_mask`` hid of each utterance. What ``speech_mask``
        blanks is a part of a voice to imitate, which is no part of an utterance to fill in.

        Raises:
            ContractError: if masks are to be drawn without generators.
        """
        weight = self.proj_features.weight
        items: list[Prepared] = [item or self._silent(speech=False) for item in features]
        log_mel = torch.stack([item["log_mel"].to(weight) for item in items])
        blanked = self.draw_masks([bool(item["speech"]) for item in items], generators).frames
        hidden = self._hidden(items, generators)
        for own, drawn in zip(blanked, hidden, strict=True):
            own[: len(drawn)] |= drawn.cpu()
        log_mel = log_mel.masked_fill(blanked.to(weight.device)[:, None], BLANK)
        tokens = self._project(log_mel)
        if self.config.absent == "learned":
            absent = torch.tensor([item is None for item in features], device=weight.device)
            tokens = torch.where(absent[:, None, None], self.empty_audio_feat, tokens)
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=weight.device)
        drawn_of = told(items, hidden, self.config) if self.training and self.hides else None
        return Condition(tokens, mask, drawn_of)

    def _hidden(
        self, items: Sequence[Prepared], generators: Sequence[torch.Generator] | None
    ) -> list[Tensor]:
        """Return which frames (F_i,) bool of each item are hidden or unknown."""
        parts = self.config.training_mask if self.training else None
        return hidden_frames(items, parts, generators, self.config.training_shapes)

    def _project(self, log_mel: Tensor) -> Tensor:
        """Return tokens (B, T, D) of log-mels (B, M, F)."""
        tokens = self.proj_features(self.proj_sequence_features(log_mel).transpose(1, 2))
        return functional.rms_norm(tokens, tokens.shape[-1:], eps=EPS)
