"""A small VideoMAE, built without any file."""

from __future__ import annotations

from ..pretrained.config import LocalFrameConfig
from ..pretrained.frozen import Pretrained, build_network, freeze
from ..pretrained.local_weights import fill_weights

MIX_GAIN = 1.0


def build_local_videomae(config: LocalFrameConfig) -> Pretrained:
    """Return a network and its image processor; the same config gives the same weights."""
    from transformers.models.videomae.configuration_videomae import VideoMAEConfig
    from transformers.models.videomae.image_processing_videomae import VideoMAEImageProcessor
    from transformers.models.videomae.modeling_videomae import VideoMAEModel

    sizes = VideoMAEConfig(
        image_size=config.pixels,
        patch_size=config.patch,
        hidden_size=config.width,
        intermediate_size=2 * config.width,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
    )
    network = build_network(VideoMAEModel, sizes)
    fill_weights(network, config.seed, mix=MIX_GAIN)
    return Pretrained(freeze(network), extractor=VideoMAEImageProcessor())
