"""The sizes of the published thinker, so that a model can be counted without its files."""

from __future__ import annotations

from typing import Any

PUBLISHED = "Qwen/Qwen2.5-Omni-3B"
"""The language model that the published model was trained with."""

TEXT: dict[str, Any] = {
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_hidden_layers": 36,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "vocab_size": 151936,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 1000000.0,
        "mrope_section": [16, 24, 24],
    },
    "tie_word_embeddings": False,
}
AUDIO: dict[str, Any] = {
    "d_model": 1280,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "num_mel_bins": 128,
    "output_dim": 2048,
}
VISION: dict[str, Any] = {
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "patch_size": 14,
    "out_hidden_size": 2048,
}


def published_config() -> Any:
    """Return a ``Qwen2_5OmniThinkerConfig`` of the published sizes, its head not tied."""
    from transformers.models.qwen2_5_omni.configuration_qwen2_5_omni import (
        Qwen2_5OmniThinkerConfig,
    )

    return Qwen2_5OmniThinkerConfig(
        text_config=dict(TEXT),
        audio_config=dict(AUDIO),
        vision_config=dict(VISION),
        tie_word_embeddings=False,
    )
