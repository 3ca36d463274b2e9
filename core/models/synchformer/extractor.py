"""The video branch of Synchformer: what moves when, eight features for each 16 frames.

Shapes: S segments, V = 16 video frames of a segment, F = V / 2 frames of patches, N places in a
frame, P pixels of a frame's side, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...errors import MediaError
from ..attention_backends import attend
from .divided_attention import EPS, DividedBlock
from .segments import (
    FEATURES_PER_SEGMENT,
    FPS,
    FRAME_PIXELS,
    FRAMES_PER_PATCH,
    SEGMENT_FRAMES,
    SEGMENT_STEP,
)


@dataclass(frozen=True)
class ExtractorSizes:
    """Sizes of the network; the defaults are the published ones.

    Attributes:
        patch: side of a patch in pixels, a divisor of ``pixels``.
        width: D.
        depth: blocks.
        heads: attention heads, a divisor of ``width``.
        pixels: side of a frame, P.
    """

    patch: int = 16
    width: int = 768
    depth: int = 12
    heads: int = 12
    pixels: int = FRAME_PIXELS

    @property
    def places(self) -> int:
        """Return the patches of one frame, N."""
        return (self.pixels // self.patch) ** 2


class Extractor(nn.Module):
    """A transformer over the patches of a segment, then one summary of each of its frames.

    Parameters are named as in the published file, below its prefix ``vfeat_extractor.``.

    Source: Iashin et al. 2024, "Synchformer: Efficient Synchronization from Sparse Cues".
    """

    def __init__(self, sizes: ExtractorSizes) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        width, patch = sizes.width, sizes.patch
        tube = (FRAMES_PER_PATCH, patch, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + sizes.places, width))
        self.temp_embed = nn.Parameter(torch.zeros(1, FEATURES_PER_SEGMENT, width))
        # Never used; kept because the published file holds it.
        self.patch_embed = _Named(nn.Conv2d(3, width, patch, patch))
        self.patch_embed_3d = _Named(nn.Conv3d(3, width, tube, tube))
        self.blocks = nn.ModuleList(DividedBlock(width, sizes.heads) for _ in range(sizes.depth))
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.spatial_attn_agg = FrameSummary(width, sizes.heads)

    def forward(self, segments: Tensor) -> Tensor:
        """Return features (S, F, D) of segments (S, 3, V, P, P) within -1…1."""
        patches = self.patch_embed_3d.proj(segments).flatten(3).permute(0, 2, 3, 1)
        frames = patches.shape[1]
        patches = patches + self.pos_embed[:, None, 1:] + self.temp_embed[:, :, None]
        of_class = (self.cls_token + self.pos_embed[:, :1]).expand(len(patches), -1, -1)
        x = torch.cat([of_class, patches.flatten(1, 2)], dim=1)
        for block in self.blocks:
            x = block(x, frames)
        x = self.norm(x[:, 1:]).unflatten(1, (frames, -1))
        return self.spatial_attn_agg(x)


class FrameSummary(nn.Module):
    """One transformer layer on each frame, of which a class token's result is kept.

    Only that token asks, so keys and values are all that is computed of the patches.
    """

    def __init__(self, width: int, heads: int) -> None:
        """Build the layer, with the names of PyTorch's own encoder layer."""
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.self_attn = _PackedAttention(width, heads)
        self.linear1 = nn.Linear(width, 4 * width)
        self.linear2 = nn.Linear(4 * width, width)
        self.norm1 = nn.LayerNorm(width, eps=EPS)
        self.norm2 = nn.LayerNorm(width, eps=EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Return (S, F, D) of patches x (S, F, N, D)."""
        patches = x.flatten(0, 1)
        summary = self.cls_token.expand(len(patches), -1, -1)
        tokens = self.norm1(torch.cat([summary, patches], dim=1))
        summary = summary + self.self_attn(tokens[:, :1], tokens)
        hidden = functional.gelu(self.linear1(self.norm2(summary)))
        return (summary + self.linear2(hidden)).view(*x.shape[:2], -1)


class _PackedAttention(nn.Module):
    """Multi-head attention whose three input projections lie in one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return what queries (B, T_q, D) read from keys (B, T_k, D)."""
        width = queries.shape[-1]
        weight, bias = self.in_proj_weight, self.in_proj_bias
        q = functional.linear(queries, weight[:width], bias[:width])
        k, v = functional.linear(keys, weight[width:], bias[width:]).chunk(2, dim=-1)
        q, k, v = (t.unflatten(-1, (self.heads, -1)) for t in (q, k, v))
        return self.out_proj(attend(q, k, v).flatten(-2))


class _Named(nn.Module):
    """Puts a layer below the name ``proj``, where the published file has it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.proj = layer


def build_extractor(sizes: ExtractorSizes) -> Extractor:
    """Return an extractor in evaluation mode, without gradients, on the default device.

    Below ``torch.device("meta")`` it has names and shapes only, and draws nothing.
    """
    return Extractor(sizes).eval().requires_grad_(False)


def cut_segments(frames: Tensor) -> Tensor:
    """Return overlapping segments (S, 3, V, P, P) of frames (T, 3, P, P), as a view.

    Raises:
        MediaError: if there are fewer than 16 frames.
    """
    if frames.shape[0] < SEGMENT_FRAMES:
        raise MediaError(
            f"Got a video of {frames.shape[0]} frames; the Synchformer needs at least "
            f"{SEGMENT_FRAMES}, at {FPS:g} per second. Use a longer video."
        )
    return frames.unfold(0, SEGMENT_FRAMES, SEGMENT_STEP).permute(0, 1, 4, 2, 3)


def scaled(frames: Tensor) -> Tensor:
    """Return uint8 frames as the extractor reads them: float32 within -1…1."""
    return (frames.float() / 255 - 0.5) / 0.5


@torch.no_grad()
def extract(extractor: Extractor, frames: Tensor, *, segments_per_batch: int) -> Tensor:
    """Return features (S · F, D) of frames (T, 3, P, P) uint8, on the extractor's device.

    Args:
        extractor: the network.
        frames: at 25 per second, T of 16 or more.
        segments_per_batch: how many segments go through at a time; a matter of memory.

    Raises:
        MediaError: if there are fewer than 16 frames.
    """
    device, dtype = extractor.cls_token.device, extractor.cls_token.dtype
    features = [
        extractor(scaled(segments.to(device)).to(dtype))
        for segments in cut_segments(frames).split(segments_per_batch)
    ]
    return torch.cat(features).flatten(0, 1)
