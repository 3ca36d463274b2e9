"""A small T5 encoder with a tokenizer, built without any file."""

from __future__ import annotations

from ..pretrained.config import LocalTextConfig
from ..pretrained.frozen import Pretrained, build_network, freeze
from ..pretrained.local_tokenizer import build_tokenizer
from ..pretrained.local_weights import fill_weights

MIX_GAIN = 0.5


def build_local_t5(config: LocalTextConfig) -> Pretrained:
    """Return an encoder and its tokenizer; the same config gives the same weights."""
    from transformers.models.t5.configuration_t5 import T5Config
    from transformers.models.t5.modeling_t5 import T5EncoderModel

    tokenizer = build_tokenizer(config.vocab, begins=False)
    head_width = config.width // config.heads
    sizes = T5Config(
        vocab_size=len(tokenizer),
        d_model=config.width,
        d_kv=head_width,
        d_ff=2 * config.width,
        num_layers=config.layers,
        num_heads=config.heads,
        feed_forward_proj="gated-gelu",
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    network = build_network(T5EncoderModel, sizes)
    fill_weights(network, config.seed, mix=MIX_GAIN, query_width=head_width)
    return Pretrained(freeze(network), tokenizer)
