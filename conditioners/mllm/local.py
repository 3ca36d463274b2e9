"""A small thinker of the published architecture, built without any download.

Its weights are random and seeded, or were trained from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from .config import LocalThinkerConfig
from .drawing import draw_weights
from .local_processor import PAD, build_processor, tokens_per_second
from .local_weights import load_trained, signature
from .thinker import Thinker, freeze


def build_local_thinker(config: LocalThinkerConfig) -> Thinker:
    """Return a thinker and its processor; the same config gives the same weights.

    The global random state is left as it was.
    """
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import (
        Qwen2_5OmniThinkerForConditionalGeneration,
    )

    processor = build_processor(config)
    with torch.random.fork_rng(devices=[]):
        model = Qwen2_5OmniThinkerForConditionalGeneration(_model_config(config, processor))
    thinker = Thinker(model, processor, signature(config, processor.tokenizer.get_vocab()))
    if config.weights is None or torch.empty(0).is_meta:  # counted, not run: no file is needed
        draw_weights(model, config)
    else:
        load_trained(thinker, Path(config.weights))
    freeze(model)
    return thinker


def _model_config(config: LocalThinkerConfig, processor: Any) -> Any:
    from transformers.models.qwen2_5_omni.configuration_qwen2_5_omni import (
        Qwen2_5OmniThinkerConfig,
    )

    ids = processor.tokenizer.convert_tokens_to_ids
    thinker = Qwen2_5OmniThinkerConfig(
        text_config=_text(config, len(processor.tokenizer), ids(PAD)),
        audio_config=_audio(config),
        vision_config=_vision(config),
        audio_token_index=processor.audio_token_id,
        image_token_index=processor.image_token_id,
        video_token_index=processor.video_token_id,
        audio_start_token_id=ids("<|audio_bos|>"),
        audio_end_token_id=ids("<|audio_eos|>"),
        vision_start_token_id=ids("<|vision_bos|>"),
        vision_end_token_id=ids("<|vision_eos|>"),
        user_token_id=ids("user"),
        pad_token_id=ids(PAD),
        position_id_per_seconds=tokens_per_second(config),
    )
    return thinker


def _text(config: LocalThinkerConfig, vocab: int, pad: int) -> dict[str, Any]:
    half = config.width // config.heads // 2
    time = half // 4
    height = (half - time) // 2
    return {
        "vocab_size": vocab,
        "pad_token_id": pad,
        "hidden_size": config.width,
        "intermediate_size": 2 * config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.heads,
        "max_position_embeddings": 8192,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [time, height, half - time - height],
        },
    }


def _audio(config: LocalThinkerConfig) -> dict[str, Any]:
    return {
        "num_mel_bins": config.audio_mels,
        "d_model": config.width,
        "encoder_layers": config.audio_layers,
        "encoder_attention_heads": config.heads,
        "encoder_ffn_dim": 2 * config.width,
        "output_dim": config.width,
    }


def _vision(config: LocalThinkerConfig) -> dict[str, Any]:
    return {
        "depth": config.frame_layers,
        "hidden_size": config.width,
        "intermediate_size": 2 * config.width,
        "num_heads": config.heads,
        "out_hidden_size": config.width,
        "fullatt_block_indexes": list(range(config.frame_layers)),
    }
