"""The audio branch of Synchformer: what is heard when, six features for each 0.64 s.

Shapes: S segments, T frames of a spectrogram, M mel bands, f and t patches along both, D width.
Names of weights are those of the published file, below its prefix ``afeat_extractor.``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....core.models.attention_backends import attend
from ....core.models.synchformer.extractor import FrameSummary

EPS = 1e-12
PATCH, STRIDE = 16, 10
"""Sides of a patch of the spectrogram, and its distance from the next: they overlap."""

MELS, FRAMES = 128, 66
MARKS = 2
"""The class token and the distillation token, which come before the patches."""


@dataclass(frozen=True)
class AudioSizes:
    """Sizes of the branch; the defaults are the published ones.

    Attributes:
        width: D.
        depth: layers.
        heads: attention heads, a divisor of ``width``.
    """

    width: int = 768
    depth: int = 12
    heads: int = 12

    @property
    def moments(self) -> int:
        """Return the patches along time, t."""
        return (FRAMES - PATCH) // STRIDE + 1

    @property
    def bands(self) -> int:
        """Return the patches along frequency, f."""
        return (MELS - PATCH) // STRIDE + 1


class AudioBranch(nn.Module):
    """An Audio Spectrogram Transformer, then one summary of all frequencies of a moment.

    Written out, as the layers that transformers has of it are called otherwise in every release,
    and the published names stay.

    Source: Gong et al. 2021, "AST: Audio Spectrogram Transformer"; Iashin et al. 2024,
    "Synchformer: Efficient Synchronization from Sparse Cues".
    """

    def __init__(self, sizes: AudioSizes) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.sizes = sizes
        self.ast = SpectrogramTransformer(sizes)
        self.freq_attn_agg = FrameSummary(sizes.width, sizes.heads)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Return features (S, t, D) of normalised log-mel spectrograms (S, T, M)."""
        patches = self.ast(spectrograms)[:, MARKS:]
        by_band = patches.unflatten(1, (self.sizes.bands, self.sizes.moments))
        return self.freq_attn_agg(by_band.transpose(1, 2))


class SpectrogramTransformer(nn.Module):
    """A transformer over overlapping patches of a spectrogram."""

    def __init__(self, sizes: AudioSizes) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.embeddings = Patches(sizes)
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(Layer(sizes.width, sizes.heads) for _ in range(sizes.depth))}
        )
        self.layernorm = nn.LayerNorm(sizes.width, eps=EPS)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Return (S, 2 + f · t, D) of spectrograms (S, T, M); times of one band lie together."""
        x = self.embeddings(spectrograms)
        for layer in cast("nn.ModuleList", self.encoder["layer"]):
            x = layer(x)
        return self.layernorm(x)


class Patches(nn.Module):
    """Patches of a spectrogram with their places, behind two tokens that stand for all of it."""

    def __init__(self, sizes: AudioSizes) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        width = sizes.width
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.distillation_token = nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embeddings = nn.ModuleDict(
            {"projection": nn.Conv2d(1, width, PATCH, stride=STRIDE)}
        )
        places = MARKS + sizes.bands * sizes.moments
        self.position_embeddings = nn.Parameter(torch.zeros(1, places, width))

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Return (S, 2 + f · t, D) of spectrograms (S, T, M)."""
        patches = self.patch_embeddings["projection"](spectrograms[:, None].transpose(2, 3))
        marks = torch.cat([self.cls_token, self.distillation_token], dim=1)
        marks = marks.expand(len(patches), -1, -1)
        x = torch.cat([marks, patches.flatten(2).transpose(1, 2)], dim=1)
        return x + self.position_embeddings


class Layer(nn.Module):
    """Attention, then two linear layers with a GELU between them, each added to what it read."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.layernorm_before = nn.LayerNorm(width, eps=EPS)
        self.attention = Attention(width, heads)
        self.layernorm_after = nn.LayerNorm(width, eps=EPS)
        self.intermediate = _dense(width, 4 * width)
        self.output = _dense(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return (S, N, D) of x, shaped like it."""
        x = x + self.attention(self.layernorm_before(x))
        hidden = self.intermediate["dense"](self.layernorm_after(x))
        return x + self.output["dense"](functional.gelu(hidden))


class Attention(nn.Module):
    """Multi-head attention of each token to all."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.heads = heads
        parts = ("query", "key", "value")
        self.attention = nn.ModuleDict({part: nn.Linear(width, width) for part in parts})
        self.output = _dense(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each token of x (S, N, D) reads."""
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)) for layer in self.attention.values())
        return self.output["dense"](attend(q, k, v).flatten(-2))


def _dense(inner: int, outer: int) -> nn.ModuleDict:
    """Return a linear layer below the name ``dense``, where the published file has it."""
    return nn.ModuleDict({"dense": nn.Linear(inner, outer)})
