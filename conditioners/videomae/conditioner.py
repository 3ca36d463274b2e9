"""A video as VideoMAE's states of its tubes: two frames deep, a patch wide.

Shapes: F frames, P pixels of a side, L tubes along time, N places, T tokens, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..pretrained.frozen import Pretrained
from ..pretrained.loading import load_pretrained
from ..pretrained.video import VideoTokens
from .config import VideoMaeConfig
from .local import build_local_videomae

CLIPS_AT_A_TIME = 4


class VideoMaeConditioner(VideoTokens):
    """Tokens of clips of 16 frames, one after the other; the last one holds its last frame.

    What is said of held frames is left out.

    Source: Tong et al. 2022, "VideoMAE: Masked Autoencoders are Data-Efficient Learners for
    Self-Supervised Video Pre-Training"; Audio-Omni, Table A1.
    """

    config_model = VideoMaeConfig
    config: VideoMaeConfig

    @staticmethod
    def open_network(config: VideoMaeConfig) -> Pretrained:
        """Return the network with what prepares its inputs."""
        if config.local is not None:
            return build_local_videomae(config.local)
        from transformers.models.videomae.image_processing_videomae import VideoMAEImageProcessor
        from transformers.models.videomae.modeling_videomae import VideoMAEModel

        return load_pretrained("videomae", config, VideoMAEModel, extractor=VideoMAEImageProcessor)

    def state_width(self, sizes: Any) -> int:
        """Return the width of its states."""
        return int(sizes.hidden_size)

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Tensor]) -> list[Tensor]:
        """Return states (L_i, W) or (L_i, N, W) float32 on the CPU; L = ceil(F / 2)."""
        return [self._encode(frames) for frames in prepared]

    def _encode(self, frames: Tensor) -> Tensor:
        sizes = self.pretrained.config
        held = frames[-1:].expand(-len(frames) % sizes.num_frames, -1, -1, -1)
        clips = torch.cat([frames, held]).unflatten(0, (-1, sizes.num_frames))
        states = torch.cat([self._watch(part) for part in clips.split(CLIPS_AT_A_TIME)])
        depth = sizes.num_frames // sizes.tubelet_size
        tubes = states.unflatten(1, (depth, -1)).flatten(0, 1)
        tubes = tubes[: -(-len(frames) // sizes.tubelet_size)]
        return tubes.mean(dim=1) if self.config.tokens == "frames" else tubes.clone()

    def _watch(self, clips: Tensor) -> Tensor:
        """Return states (B, L · N, W) of clips (B, F, 3, P, P)."""
        network = self.pretrained.network
        states: Tensor = network(pixel_values=self.normalised(clips)).last_hidden_state
        return states.float().cpu()

    def embed(self, feature: Tensor) -> Tensor:
        """Return the tokens (T, D) of one video, those of a moment side by side."""
        places = feature.shape[1] if feature.ndim == 3 else 1
        tube = torch.arange(len(feature), device=self.null.device)
        seconds = (tube + 0.5) * self.pretrained.config.tubelet_size / self.config.fps
        states = feature.flatten(0, 1) if feature.ndim == 3 else feature
        return super().embed(states) + self.when(seconds).repeat_interleave(places, dim=0)
