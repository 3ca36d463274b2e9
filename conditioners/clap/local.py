"""A small CLAP with a tokenizer and an ear, built without any file."""

from __future__ import annotations

from typing import Any

from torch import nn

from ..pretrained.frozen import Pretrained, build_network, freeze
from ..pretrained.local_tokenizer import build_tokenizer
from ..pretrained.local_weights import fill_weights
from .config import LocalClapConfig

MIX_GAIN = 1.0
"""Its pooled answer is the state of the first token, which has to show what that read of others."""

MEAN_DB, STD_DB = -40.0, 25.0
"""Of log-mel spectrograms of sounds near full scale, as its first norm learns in training."""


def build_local_clap(config: LocalClapConfig) -> Pretrained:
    """Return a network, its tokenizer and its ear; the same config gives the same weights."""
    from transformers.models.clap.configuration_clap import ClapConfig
    from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor
    from transformers.models.clap.modeling_clap import ClapModel

    tokenizer = build_tokenizer(config.vocab, begins=True)
    sizes = ClapConfig(
        text_config=_text(config, tokenizer),
        audio_config=_audio(config),
        projection_dim=config.width,
    )
    network = build_network(ClapModel, sizes)
    fill_weights(network, config.seed, mix=MIX_GAIN)
    _know_loudness(network)
    ear = ClapFeatureExtractor(max_length_s=config.audio_seconds, truncation="rand_trunc")
    return Pretrained(freeze(network), tokenizer, ear)


def _know_loudness(network: nn.Module) -> None:
    norm: Any = network.get_submodule("audio_model.audio_encoder.batch_norm")
    norm.running_mean.fill_(MEAN_DB)
    norm.running_var.fill_(STD_DB**2)


def _text(config: LocalClapConfig, tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": config.width,
        "intermediate_size": 2 * config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def _audio(config: LocalClapConfig) -> dict[str, Any]:
    return {
        "patch_embeds_hidden_size": config.width // 2,
        "hidden_size": config.width,
        "depths": [1, 1],
        "num_attention_heads": [config.heads // 2, config.heads],
        "mlp_ratio": 2.0,
    }
