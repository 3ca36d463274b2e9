"""A video as low-level tokens that say when things happen.

Shapes: B batch, F video frames, T_in features of a video, W their width, T tokens, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition, Conditioner
from ...core.errors import ConfigError, MediaError
from ...core.media.video import VideoClip, sample_frames, sampling_notes
from .config import SynchformerConfig
from .extractor import (
    FEATURES_PER_SEGMENT,
    FPS,
    FRAME_PIXELS,
    SEGMENT_FRAMES,
    ExtractorSizes,
    extract,
    segment_count,
)
from .frozen import FrozenExtractor, empty_extractor, extractor_of, load_extractor


class SynchformerConditioner(Conditioner[VideoClip | Tensor]):
    """Features of a frozen Synchformer, projected, then mixed along time to a fixed count.

    The extractor follows the conditioner to its device, but is no part of its parameters or its
    state. Without its weights everything works but reading a video. An empty slot is projected
    from zeros, as in the published model: a constant that is learned.

    Source: Audio-Omni, section 4.2 (synchronisation features at 25 frames per second).
    """

    config_model = SynchformerConfig
    config: SynchformerConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load the extractor if its weights are named, and build the projections.

        Raises:
            CheckpointError: if the weights are missing, damaged, or of other sizes.
            ConfigError: if the extractor makes other features than the projections read.
        """
        config = SynchformerConfig.model_validate(config)
        super().__init__(config, width)
        # A tuple, so that torch does not register the frozen network as a submodule.
        self._frozen: tuple[FrozenExtractor, ...] = ()
        if config.weights is not None:
            _check_features(config)
            self._frozen = (load_extractor(config.weights, _sizes(config)),)
        elif torch.empty(0).is_meta:  # a model that is only counted
            self._frozen = (empty_extractor(_sizes(config)),)
        self.norm = nn.LayerNorm(config.input_width)
        self.proj = nn.Linear(config.input_width, width)
        self.dim_project = nn.Linear(config.input_tokens, config.tokens)

    @property
    def extractor(self) -> FrozenExtractor:
        """Return the frozen extractor.

        Raises:
            ConfigError: if its weights were not named.
        """
        if not self._frozen:
            raise ConfigError(
                "Conditioner 'synchformer' got a video but has no extractor to watch it; expected "
                "its weights. Fetch synchformer_state_dict.pth, which is published beside "
                "Audio-Omni, convert it to safetensors, and set `weights` of conditioner "
                "'synchformer' to that file."
            )
        return self._frozen[0]

    def watch_with(self, tensors: Mapping[str, Tensor], where: str) -> None:
        """Take the extractor's weights from memory, for example those of the published file.

        Args:
            tensors: by name, below ``vfeat_extractor.`` or not.
            where: what they were read from, for messages.

        Raises:
            CheckpointError: if they are of other sizes; lists names.
        """
        _check_features(self.config)
        frozen = extractor_of(tensors, _sizes(self.config), where)
        frozen.network.to(device=self.proj.weight.device)
        self._frozen = (frozen,)

    def frozen_networks(self) -> dict[str, nn.Module]:
        """Return the extractor, where its weights are known."""
        return {"extractor": self._frozen[0].network} if self._frozen else {}

    def _apply(
        self, fn: Callable[[Tensor], Tensor], recurse: bool = True
    ) -> SynchformerConditioner:
        """Move the extractor with the rest; its precision stays float32."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for frozen in self._frozen:
            frozen.network.to(device=self.proj.weight.device)
        return self

    def prepare(self, payload: VideoClip | Tensor) -> Tensor:
        """Return frames (F, 3, 224, 224) uint8 at 25 per second, F = round(25 · seconds).

        Args:
            payload: a clip, or frames (F, 3, 224, 224) uint8 that were sampled so.

        Raises:
            ConfigError: if there is no extractor.
            MediaError: if the video cannot be decoded, or frames have another type or shape.
        """
        _ = self.extractor  # before a video is decoded in vain
        if isinstance(payload, VideoClip):
            return sample_frames(payload, **self._sampling)
        expected = (round(FPS * self.config.seconds), 3, FRAME_PIXELS, FRAME_PIXELS)
        if tuple(payload.shape) != expected or payload.dtype is not torch.uint8:
            raise MediaError(
                f"Conditioner 'synchformer' got frames {tuple(payload.shape)} of {payload.dtype}; "
                f"expected {expected} of torch.uint8, at {FPS:g} per second. Make them with "
                "`sample_frames`, or give a VideoClip."
            )
        return payload

    def conversions(self, payload: VideoClip | Tensor) -> tuple[str, ...]:
        """Return how the video's frames were chosen and changed; frames stay as they are."""
        if not isinstance(payload, VideoClip):
            return ()
        return (*payload.conversions, *sampling_notes(payload, **self._sampling))

    @property
    def _sampling(self) -> dict[str, Any]:
        return {
            "fps": FPS,
            "seconds": self.config.seconds,
            "size": (FRAME_PIXELS, FRAME_PIXELS),
            "timing": self.config.timing,
        }

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Tensor]) -> list[Tensor]:
        """Return features (T_in, W) float32 on the CPU of each video; one video at a time."""
        batch = self.config.segments_per_batch
        return [
            extract(self.extractor.network, frames, segments_per_batch=batch).cpu()
            for frames in prepared
        ]

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T, D), all valid; an empty slot is projected from zeros.

        Raises:
            ConfigError: if features are not (T_in, W).
        """
        weight = self.proj.weight
        shape = (self.config.input_tokens, self.config.input_width)
        read = weight.new_zeros(len(features), *shape)
        for i, item in enumerate(features):
            if item is None:
                continue
            if tuple(item.shape) != shape:
                raise ConfigError(
                    f"Conditioner 'synchformer' got features {tuple(item.shape)}; expected "
                    f"{shape}. Set `input_tokens` and `input_width` to what the extractor makes."
                )
            read[i] = item.to(weight)
        tokens = self.dim_project(self.proj(self.norm(read)).transpose(1, 2)).transpose(1, 2)
        return Condition(tokens, torch.ones_like(tokens[:, :, 0], dtype=torch.bool))


def _sizes(config: SynchformerConfig) -> ExtractorSizes:
    return ExtractorSizes(
        patch=config.patch,
        width=config.vit_width,
        depth=config.vit_depth,
        heads=config.vit_heads,
    )


def _check_features(config: SynchformerConfig) -> None:
    frames = round(FPS * config.seconds)
    if frames < SEGMENT_FRAMES:
        raise ConfigError(
            f"Conditioner 'synchformer': got {config.seconds:g} s of video, {frames} frames; "
            f"expected at least {SEGMENT_FRAMES / FPS:g} s. Raise `seconds`."
        )
    made = (segment_count(frames) * FEATURES_PER_SEGMENT, config.vit_width)
    if made != (config.input_tokens, config.input_width):
        raise ConfigError(
            f"Conditioner 'synchformer': {config.seconds:g} s of video make {made[0]} features of "
            f"width {made[1]}; got input_tokens = {config.input_tokens} and input_width = "
            f"{config.input_width}. Set them to these numbers."
        )
