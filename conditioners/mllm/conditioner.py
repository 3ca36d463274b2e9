"""Prompts as hidden states of a frozen multimodal language model.

Shapes: B batch, T tokens, D width of the condition, W width of the language model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn import functional as F

from ...core.conditioning import Condition, Conditioner
from ...core.errors import ConfigError, RequestError
from ...core.media.audio import resample, to_channels
from ...core.media.waveform import Waveform
from ...core.payloads import Prompt
from .chat import chat_text, refuse_control_tokens
from .config import MllmConfig
from .local import build_local_thinker
from .thinker import Thinker, load_thinker

Inputs = Mapping[str, Tensor]


class MllmConditioner(Conditioner[Prompt]):
    """Hidden states of a Qwen2.5-Omni thinker, normalised and projected.

    The thinker is frozen and follows the conditioner to its device, but is no part of its
    parameters or its state: a checkpoint holds the projection and the null token only.

    Source: Audio-Omni, section 4.2 (penultimate hidden state, linear projection).
    """

    config_model = MllmConfig
    config: MllmConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the thinker, then the projection.

        Raises:
            ConfigError: if the thinker is not available, or has no such layer.
        """
        config = MllmConfig.model_validate(config)
        super().__init__(config, width)
        thinker = build_local_thinker(config.local) if config.local else load_thinker(config)
        if not -thinker.layers - 1 <= config.layer <= thinker.layers:
            raise ConfigError(
                f"Conditioner 'mllm': got layer {config.layer}; this language model has hidden "
                f"states 0 (the embedding) to {thinker.layers}, or {-thinker.layers - 1} to -1."
            )
        # A tuple, so that torch does not register the frozen network as a submodule.
        self._frozen: tuple[Thinker] = (thinker,)
        self.project = nn.Linear(thinker.width, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))

    @property
    def thinker(self) -> Thinker:
        """Return the frozen language model."""
        return self._frozen[0]

    def frozen_digest(self) -> str:
        """Return what identifies the frozen weights, for caches of features."""
        return self.thinker.digest()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> MllmConditioner:
        """Move the thinker with the rest; its precision stays what the config says."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.thinker.model.to(device=self.null.device)
        return self

    def prepare(self, payload: Prompt) -> Inputs:
        """Return token ids (1, T) and the features of audio and video, on the CPU.

        Raises:
            RequestError: if the prompt is longer than ``max_tokens``, holds control tokens, or
                its audio is longer than the language model can hear.
        """
        processor = self.thinker.processor
        refuse_control_tokens(payload, processor.tokenizer)
        text = chat_text(payload)
        if payload.audio is None and payload.video is None:
            inputs = processor.tokenizer(text, return_tensors="pt")
        else:
            inputs = processor(text=text, return_tensors="pt", **self._media(payload))
        prepared = {
            name: torch.as_tensor(value) for name, value in inputs.items() if name in MODEL_INPUTS
        }
        count = int(prepared["input_ids"].shape[1])
        if count > self.config.max_tokens:
            raise RequestError(
                f"The prompt has {count} tokens; expected at most max_tokens = "
                f"{self.config.max_tokens}. Shorten it, or raise `max_tokens` of conditioner "
                f"'mllm'. It begins: {payload.text[:60]!r}."
            )
        return prepared

    def _media(self, payload: Prompt) -> dict[str, Any]:
        media: dict[str, Any] = {}
        if payload.audio is not None:
            media["audio"] = [self._clip(payload.audio).numpy()]
        if payload.video is not None:
            media["videos"] = [payload.video]
            if payload.video_fps is not None:
                media["videos_kwargs"] = {"fps": payload.video_fps}
        return media

    def _clip(self, audio: Waveform) -> Tensor:
        """Return mono samples (N,) at the rate of the model's ear, which cuts what is too long."""
        ear = self.thinker.processor.feature_extractor
        if audio.seconds > ear.chunk_length:
            raise RequestError(
                f"The prompt's audio lasts {audio.seconds:.2f} s; the language model hears at "
                f"most {ear.chunk_length} s. Cut the clip."
            )
        return resample(to_channels(audio, 1), ear.sampling_rate).samples[0]

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Inputs]) -> list[Tensor]:
        """Return the chosen hidden states (T_i, W) of each prompt, float32 on the CPU.

        Plain text runs in one batch, padded on the right, where causal attention never looks;
        prompts with media run one by one.
        """
        texts = [i for i, inputs in enumerate(prepared) if len(inputs) == len(TEXT_INPUTS)]
        features: dict[int, Tensor] = {}
        if texts:
            features.update(self._encode_texts(texts, [prepared[i] for i in texts]))
        for i, inputs in enumerate(prepared):
            if i not in features:
                features[i] = self.thinker.hidden_states(inputs, self.config.layer)[0]
        return [features[i].float().cpu() for i in range(len(prepared))]

    def _encode_texts(
        self, indices: Sequence[int], prepared: Sequence[Inputs]
    ) -> dict[int, Tensor]:
        lengths = [int(inputs["input_ids"].shape[1]) for inputs in prepared]
        padded = {
            name: torch.cat(
                [
                    F.pad(inputs[name], (0, max(lengths) - length))
                    for inputs, length in zip(prepared, lengths, strict=True)
                ]
            )
            for name in TEXT_INPUTS
        }
        states = self.thinker.hidden_states(padded, self.config.layer)
        return {
            i: states[row, :length].clone()
            for row, (i, length) in enumerate(zip(indices, lengths, strict=True))
        }

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T_max, D), padded on the right; an empty slot has the null token."""
        weight = self.project.weight
        counts = [1 if item is None else int(item.shape[0]) for item in features]
        states = weight.new_zeros(len(features), max(counts), self.thinker.width)
        for i, item in enumerate(features):
            if item is not None:
                states[i, : counts[i]] = item.to(weight)
        lengths = torch.tensor(counts, device=weight.device)
        mask = torch.arange(max(counts), device=weight.device) < lengths[:, None]
        absent = torch.tensor([item is None for item in features], device=weight.device)
        tokens = self.project(F.rms_norm(states, states.shape[-1:], eps=1e-6))
        tokens = torch.where(absent[:, None, None], self.null, tokens)
        return Condition(tokens * mask[:, :, None], mask)


TEXT_INPUTS = ("input_ids", "attention_mask")
MODEL_INPUTS = frozenset(
    {
        *TEXT_INPUTS,
        "input_features",
        "feature_attention_mask",
        "pixel_values_videos",
        "video_grid_thw",
        "video_second_per_grid",
    }
)
