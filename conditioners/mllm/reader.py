"""What conditioners that read prompts with a frozen thinker have in common.

Shapes: T tokens, F frames, W width of the language model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Conditioner
from ...core.costs import ConditionerCost, ExampleShape
from ...core.errors import ConfigError, RequestError
from ...core.frozen import follow, open_frozen
from ...core.media.video import VideoClip, sample_frames, sampling_notes
from ...core.payloads import Prompt
from .batching import in_batches, token_counts
from .chat import chat_text, refuse_control_tokens
from .config import MllmConfig
from .cost import prompt_cost
from .loading import check_thinker, open_thinker
from .media import FRAME_SIZE, Inputs, frame_sampling, heard, model_inputs
from .speaking import Speaking
from .thinker import Thinker
from .weights import published_name


class PromptReader(Speaking, Conditioner[Prompt]):
    """Reads prompts with a Qwen2.5-Omni thinker, and answers questions with it.

    The thinker is frozen and follows the conditioner to its device, but is no part of its
    parameters or its state: a checkpoint holds what a subclass trains only.
    """

    config_model: ClassVar[type[MllmConfig]] = MllmConfig
    config: MllmConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the thinker.

        Raises:
            ConfigError: if the thinker is not available, or has no such layer.
        """
        checked = self.config_model.model_validate(config)
        super().__init__(checked, width)
        thinker = open_frozen(lambda: open_thinker(checked))
        _check_layer(checked, thinker.layers)
        # A tuple, so that torch does not register the frozen network as a submodule.
        self._frozen: tuple[Thinker] = (thinker,)

    @classmethod
    def check_files(cls, config: BaseModel) -> None:
        """Raise unless the thinker could be loaded, as far as headers tell; no weight is read.

        Raises:
            ConfigError, CheckpointError: as the constructor.
        """
        checked = cls.config_model.model_validate(config)
        _check_layer(checked, check_thinker(checked))

    @property
    def thinker(self) -> Thinker:
        """Return the frozen language model."""
        return self._frozen[0]

    def frozen_networks(self) -> dict[str, nn.Module]:
        """Return the language model."""
        return {"thinker": self.thinker.model}

    @property
    def most_tokens(self) -> int:
        """Return how many tokens the condition has at most."""
        return self.config.max_tokens

    def cost(self, example: ExampleShape) -> ConditionerCost | None:
        """Return the tokens of a prompt, and what the language model does for it."""
        return prompt_cost(self.config, self.thinker, example, self.most_tokens)

    def published_tensors(self) -> dict[str, Tensor]:
        """Return the language model's tensors under the names of the published file."""
        state = self.thinker.model.state_dict()
        return {published_name(name): tensor for name, tensor in state.items()}

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Move the thinker with the rest; its precision stays what the config says."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        follow(self.thinker.model, next(self.parameters()).device)
        return self

    def prepare(self, payload: Prompt) -> Inputs:
        """Return token ids (1, T) and the features of audio and video, on the CPU.

        Raises:
            RequestError: if the prompt is longer than ``max_tokens``, holds control tokens, or
                its audio is longer than the language model can hear.
            MediaError: if its video cannot be decoded.
        """
        prepared = self._inputs(payload, self._frames(payload))
        count = int(prepared["input_ids"].shape[1])
        if count > self.config.max_tokens:
            raise RequestError(
                f"The prompt has {count} tokens; expected at most max_tokens = "
                f"{self.config.max_tokens}. Shorten it, or raise `max_tokens` of conditioner "
                f"'mllm'. It begins: {payload.text[:60]!r}."
            )
        return prepared

    def conversions(self, payload: Prompt) -> tuple[str, ...]:
        """Return what is done to the prompt's audio and video before they are read."""
        notes: tuple[str, ...] = ()
        if payload.audio is not None:
            notes += heard(payload.audio, self.thinker.processor).conversions
        if isinstance(payload.video, VideoClip):
            notes += payload.video.conversions
            notes += sampling_notes(**self._sampling(payload.video))
        return notes

    def watched_seconds(self, clip: VideoClip) -> float:
        """Return how much of a video file is watched, in seconds."""
        return min(clip.seconds, self.config.video_seconds)

    def declared_fps(self, payload: Prompt) -> float | None:
        """Return the frame rate that the language model is told; `None` leaves it its own."""
        if isinstance(payload.video, VideoClip):
            return self.config.video_fps
        return payload.video_fps

    def token_count(self, payload: Prompt) -> int:
        """Return how many tokens a prompt has, without decoding its video."""
        blank = self._frames(payload, blank=True)
        return int(self._inputs(payload, blank)["input_ids"].shape[1])

    def _inputs(self, payload: Prompt, frames: Tensor | None) -> dict[str, Tensor]:
        processor = self.thinker.processor
        refuse_control_tokens(payload, processor.tokenizer)
        return model_inputs(
            processor,
            chat_text(payload),
            audio=payload.audio,
            frames=frames,
            fps=self.declared_fps(payload),
        )

    def _frames(self, payload: Prompt, *, blank: bool = False) -> Tensor | None:
        """Return frames (F, 3, H, W) uint8; black ones in place of a file's if ``blank``."""
        clip = payload.video
        if not isinstance(clip, VideoClip):
            return clip
        sampling = self._sampling(clip)
        if blank:
            count = round(sampling["fps"] * sampling["seconds"])
            return torch.zeros(1, dtype=torch.uint8).expand(count, 3, *FRAME_SIZE)
        return sample_frames(**sampling)

    def _sampling(self, clip: VideoClip) -> dict[str, Any]:
        config = self.config
        watched = self.watched_seconds(clip)
        return frame_sampling(
            clip, fps=config.video_fps, seconds=watched, timing=config.video_timing
        )

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Inputs]) -> list[Tensor]:
        """Return the chosen hidden states (T_i, W) of each prompt, float32 on the CPU.

        Plain text runs in one batch; prompts with media run one by one.
        """
        features: dict[int, Tensor] = {}
        for places, batch in in_batches(prepared):
            states = self.thinker.hidden_states(batch, self.config.hidden_state)
            for place, own, count in zip(places, states, token_counts(batch), strict=True):
                features[place] = own[:count].float().cpu().clone()
        return [features[place] for place in range(len(prepared))]


def _check_layer(config: MllmConfig, layers: int) -> None:
    state = config.hidden_state
    if not -layers - 1 <= state <= layers:
        raise ConfigError(
            f"Conditioner 'mllm': got layer {state}; this language model has hidden states 0 (the "
            f"embedding) to {layers}, or {-layers - 1} to -1."
        )
    if config.features == "metaquery" and state % (layers + 1) == 0:
        raise ConfigError(
            f"Conditioner 'mllm': got features 'metaquery' and layer {state}, the embedding, where "
            "no query has read the prompt; expected a later `layer`."
        )
