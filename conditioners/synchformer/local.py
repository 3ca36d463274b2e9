"""A small extractor of the published architecture, built without any file.

Its weights are random, seeded and never trained. They are scaled so that motion and the place of
it survive up to the features.
"""

from __future__ import annotations

from typing import Any

import torch

from ...core.models.synchformer.extractor import Extractor, ExtractorSizes
from .config import LocalExtractorConfig
from .frozen import FrozenExtractor, empty_extractor

CHANGE_GAIN = 12.0
STILL_GAIN = 3.0
LOOK_GAIN = 1.5


def build_local_extractor(config: LocalExtractorConfig) -> FrozenExtractor:
    """Return an extractor on the CPU; the same config gives the same weights."""
    frozen = empty_extractor(local_sizes(config))
    frozen.network.to_empty(device="cpu")
    fill_weights(frozen.network, config.seed)
    return frozen


def local_sizes(config: LocalExtractorConfig) -> ExtractorSizes:
    """Return the sizes that a config names."""
    return ExtractorSizes(config.patch, config.width, config.depth, config.heads, config.pixels)


@torch.no_grad()
def fill_weights(network: Extractor, seed: int) -> None:
    """Draw all weights from one generator.

    Linear layers keep the variance of their input, and heads look a little harder. Places are
    told apart by embeddings as large as what is seen; times are not, so that a moment's features
    are the same wherever it lies in a segment.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, weight in network.named_parameters():
        if weight.ndim == 1:
            weight.fill_(1.0 if name.endswith("weight") else 0.0)
        elif name == "temp_embed":
            weight.zero_()
        elif name.endswith(("cls_token", "pos_embed")):
            weight.normal_(0, 1, generator=generator)
        else:
            weight.normal_(0, weight[0].numel() ** -0.5, generator=generator)
            if name.endswith("qkv.weight"):
                weight[: 2 * len(weight) // 3] *= LOOK_GAIN
    _watch_changes(network.patch_embed_3d.proj.weight)


def _watch_changes(weight: Any) -> None:
    """Let half of the channels see the difference of a patch's two frames, and nothing else.

    It is small where things move slowly, and they are what is looked for: hence the larger gain.
    """
    half = len(weight) // 2
    weight[:half, :, 1] = -weight[:half, :, 0]
    weight[:half] *= CHANGE_GAIN
    weight[half:] *= STILL_GAIN
