"""A small CLIP for frames, built without any file."""

from __future__ import annotations

from ..pretrained.config import LocalFrameConfig
from ..pretrained.frozen import Pretrained, build_network, freeze
from ..pretrained.local_weights import fill_weights

MIX_GAIN = 2.0
"""Its answer is the state of one token that sees nothing itself, only what it reads of patches."""


def build_local_clip(config: LocalFrameConfig) -> Pretrained:
    """Return a network and its image processor; the same config gives the same weights."""
    from transformers.models.clip.configuration_clip import CLIPVisionConfig
    from transformers.models.clip.image_processing_clip import CLIPImageProcessor
    from transformers.models.clip.modeling_clip import CLIPVisionModelWithProjection

    sizes = CLIPVisionConfig(
        hidden_size=config.width,
        intermediate_size=2 * config.width,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        image_size=config.pixels,
        patch_size=config.patch,
        projection_dim=config.width,
    )
    network = build_network(CLIPVisionModelWithProjection, sizes)
    fill_weights(network, config.seed, mix=MIX_GAIN)
    return Pretrained(freeze(network), extractor=CLIPImageProcessor())
