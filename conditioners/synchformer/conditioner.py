"""A video as low-level tokens that say when things happen.

Shapes: B batch, F video frames, P pixels of a frame's side, T_in features of a video, W their
width, T tokens, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition, Conditioner
from ...core.costs import ConditionerCost, ExampleShape
from ...core.errors import ConfigError
from ...core.frozen import follow, open_frozen
from ...core.media.video import (
    STANDS_STILL,
    VideoClip,
    frames_move,
    moves,
    sample_frames,
    sampling_notes,
)
from ...core.models.synchformer.extractor import extract
from .config import SynchformerConfig
from .cost import video_cost
from .frames import check_frames, frame_sampling
from .frozen import FrozenExtractor, extractor_of
from .opening import check_features, extractor_sizes, open_extractor
from .timeline import extract_in_time


class SynchformerConditioner(Conditioner[VideoClip | Tensor]):
    """Features of a frozen Synchformer, projected, then mixed along time to a fixed count.

    On timeline ``"seconds"`` nothing is mixed: a video has one token for each 0.08 s, in order,
    and together they span the sound that is made for it, so that they can be aligned with it.

    The extractor follows the conditioner to its device, but is no part of its parameters or its
    state. Without its weights everything works but reading a video. An empty slot is projected
    from zeros, as in the published model: a constant that is learned.

    Source: Audio-Omni, section 4.2 (synchronisation features at 25 frames per second).
    """

    config_model = SynchformerConfig
    config: SynchformerConfig
    dim_project: nn.Linear | None

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load the extractor if its weights are named, or build a local one; then the projections.

        Raises:
            CheckpointError: if the weights are missing, damaged, or of other sizes.
            ConfigError: if the extractor makes other features than the projections read.
        """
        config = SynchformerConfig.model_validate(config)
        super().__init__(config, width)
        # A tuple, so that torch does not register the frozen network as a submodule.
        self._frozen: tuple[FrozenExtractor, ...] = open_frozen(lambda: open_extractor(config))
        count, features = config.read
        self.norm = nn.LayerNorm(features)
        self.proj = nn.Linear(features, width)
        self.dim_project = (
            nn.Linear(count, config.tokens) if config.timeline == "segments" else None
        )

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
                "'synchformer' to that file; or set `local: {}` for a small one that is built on "
                "the spot."
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
        check_features(self.config)
        frozen = extractor_of(tensors, extractor_sizes(self.config), where)
        frozen.network.to(device=self.proj.weight.device)
        self._frozen = (frozen,)

    def cost(self, example: ExampleShape) -> ConditionerCost:
        """Return the tokens of a video or of none, and what the extractor does for a video."""
        return video_cost(self.config, example)

    def frozen_networks(self) -> dict[str, nn.Module]:
        """Return the extractor, where its weights are known."""
        return {"extractor": self._frozen[0].network} if self._frozen else {}

    def _apply(
        self, fn: Callable[[Tensor], Tensor], recurse: bool = True
    ) -> SynchformerConditioner:
        """Move the extractor with the rest; its precision stays float32."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for frozen in self._frozen:
            follow(frozen.network, self.proj.weight.device)
        return self

    def prepare(self, payload: VideoClip | Tensor) -> Tensor:
        """Return frames (F, 3, P, P) uint8 at 25 per second, F = round(25 · seconds).

        On timeline ``"seconds"`` they span the sound that is made, however short it is.

        Args:
            payload: a clip, or frames (F, 3, P, P) uint8 that were sampled so.

        Raises:
            ConfigError: if there is no extractor.
            RequestError: if on timeline ``"seconds"`` the sound lasts longer than is seen.
            MediaError: if the video cannot be decoded, or frames have another type or shape.
        """
        _ = self.extractor  # before a video is decoded in vain
        if isinstance(payload, VideoClip):
            return sample_frames(payload, **frame_sampling(self.config, payload))
        check_frames(self.config, payload)
        return payload

    def conversions(self, payload: VideoClip | Tensor) -> tuple[str, ...]:
        """Return how the video's frames were chosen and changed, and whether nothing moves."""
        if not isinstance(payload, VideoClip):
            return () if frames_move(payload) else (STANDS_STILL,)
        notes = sampling_notes(payload, **frame_sampling(self.config, payload))
        told = () if moves(payload, self.config.seconds) else (STANDS_STILL,)
        return (*payload.conversions, *notes, *told)

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Tensor]) -> list[Tensor]:
        """Return features (T_in, W) float32 on the CPU of each video; one video at a time."""
        read = extract if self.dim_project is not None else extract_in_time
        batch = self.config.segments_per_batch
        return [
            read(self.extractor.network, frames, segments_per_batch=batch).cpu()
            for frames in prepared
        ]

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T, D); an empty slot is projected from zeros.

        All are valid, but for the padding of shorter videos on timeline ``"seconds"``, where an
        empty slot has one token.

        Raises:
            ConfigError: if features are not (T_in, W).
        """
        self._check(features)
        whole, width = self.config.read
        least = 1 if self.dim_project is None else whole
        counts = [least if item is None else len(item) for item in features]
        weight = self.proj.weight
        read = weight.new_zeros(len(features), max(counts), width)
        for i, item in enumerate(features):
            if item is not None:
                read[i, : counts[i]] = item.to(weight)
        tokens = self.proj(self.norm(read))
        if self.dim_project is not None:
            tokens = self.dim_project(tokens.transpose(1, 2)).transpose(1, 2)
            return Condition(tokens, torch.ones_like(tokens[:, :, 0], dtype=torch.bool))
        lengths = torch.tensor(counts, device=weight.device)
        return Condition(tokens, torch.arange(max(counts), device=weight.device) < lengths[:, None])

    def _check(self, features: Sequence[Any | None]) -> None:
        whole, width = self.config.read
        counts = range(1 if self.dim_project is None else whole, whole + 1)
        for item in features:
            if item is None or (item.ndim == 2 and len(item) in counts and item.shape[1] == width):
                continue
            raise ConfigError(
                f"Conditioner 'synchformer' got features {tuple(item.shape)}; expected "
                f"{(whole, width)}. Set `input_tokens` and `input_width` to what the extractor "
                "makes."
            )
