"""The processor of a local thinker: a tokenizer trained on the spot, small ears and eyes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .chat import CHAT_TEMPLATE
from .config import LocalThinkerConfig
from .vocabulary import training_lines

CONTROL_TOKENS = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
    "turn_start_token": "<|im_start|>",
    "turn_end_token": "<|im_end|>",
}
PAD = "<|endoftext|>"
FRAMES_PER_TOKEN = 4
"""A convolution and a pooling of the audio tower halve the frames each."""


def build_processor(config: LocalThinkerConfig) -> Any:
    """Return a ``Qwen2_5OmniProcessor`` with a tokenizer of the given size; deterministic."""
    from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
    from transformers.models.qwen2_5_omni.processing_qwen2_5_omni import Qwen2_5OmniProcessor
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    from .local_ear import build_ear

    vocabulary, merges = train_vocabulary(config.vocab - len(CONTROL_TOKENS) - 1)
    tokenizer = Qwen2Tokenizer(
        vocab=dict(vocabulary), merges=list(merges), extra_special_tokens=CONTROL_TOKENS
    )
    size = {"shortest_edge": 28 * 28, "longest_edge": config.frame_pixels}
    processor = Qwen2_5OmniProcessor(
        Qwen2VLImageProcessor(size=size),
        Qwen2VLVideoProcessor(size=size, cap_pixels_per_frame=True),
        build_ear(config),
        tokenizer,
        chat_template=CHAT_TEMPLATE,
    )
    # The class asks for frames of 128 × 28 × 28 pixels at least, whatever its parts say.
    processor.videos_kwargs = {"size": size}
    processor.position_id_per_seconds = tokens_per_second(config)
    return processor


def tokens_per_second(config: LocalThinkerConfig) -> int:
    """Return how many tokens a second of audio has; positions in a video count in them."""
    return 1000 // (FRAMES_PER_TOKEN * config.audio_hop_ms)


@lru_cache(maxsize=4)
def train_vocabulary(size: int) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    """Return a byte-level BPE vocabulary of at most ``size`` entries, and its merges."""
    import json

    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import BPE
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = BpeTrainer(
        vocab_size=size,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(training_lines(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], tuple((left, right) for left, right in model["merges"])
