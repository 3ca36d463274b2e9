"""A video as what CLIP sees in its frames. Shapes: F frames, P pixels, E width of the space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..pretrained.frozen import Pretrained
from ..pretrained.loading import load_pretrained
from ..pretrained.video import VideoTokens
from .config import ClipConfig
from .local import build_local_clip

FRAMES_AT_A_TIME = 32


class ClipConditioner(VideoTokens):
    """One token for each frame: its place in the space that CLIP gives to images and text.

    Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
    Supervision"; Audio-Omni, Table A1.
    """

    config_model = ClipConfig
    config: ClipConfig

    @staticmethod
    def open_network(config: ClipConfig) -> Pretrained:
        """Return the network with what prepares its inputs."""
        if config.local is not None:
            return build_local_clip(config.local)
        from transformers.models.clip.image_processing_clip import CLIPImageProcessor
        from transformers.models.clip.modeling_clip import CLIPVisionModelWithProjection

        return load_pretrained(
            "clip", config, CLIPVisionModelWithProjection, extractor=CLIPImageProcessor
        )

    def state_width(self, sizes: Any) -> int:
        """Return the width of its states."""
        return int(sizes.projection_dim)

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Tensor]) -> list[Tensor]:
        """Return embeddings (F_i, E) float32 on the CPU of each video's frames."""
        return [self._encode(frames) for frames in prepared]

    def _encode(self, frames: Tensor) -> Tensor:
        network = self.pretrained.network
        parts = [
            network(pixel_values=self.normalised(part)).image_embeds.float().cpu()
            for part in frames.split(FRAMES_AT_A_TIME)
        ]
        return torch.cat(parts)

    def embed(self, feature: Tensor) -> Tensor:
        """Return the tokens (F, D) of one video."""
        frame = torch.arange(len(feature), device=self.null.device)
        return super().embed(feature) + self.when((frame + 0.5) / self.config.fps)
