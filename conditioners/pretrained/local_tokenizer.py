"""A tokenizer for small text encoders, trained on the spot."""

from __future__ import annotations

from typing import Any

from ..mllm.local_processor import train_vocabulary

MARKS = PAD, BEGIN, END = "<pad>", "<s>", "</s>"


def build_tokenizer(vocab: int, *, begins: bool) -> Any:
    """Return a byte-level tokenizer that marks the end of a text, and its begin if it ``begins``.

    Its words are those that the local language model knows, so that an ablation compares readers
    and not vocabularies.

    Args:
        vocab: most entries, with the three marks.
        begins: whether the mark of a beginning comes first.
    """
    from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    words, merges = train_vocabulary(vocab - len(MARKS))
    # Marks come first: some networks count positions from the id of the padding.
    ids = {token: i for i, token in enumerate([*MARKS, *sorted(words, key=words.__getitem__)])}
    tokenizer = Tokenizer(BPE(vocab=ids, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(MARKS))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}" if begins else f"$A {END}",
        special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in (BEGIN, END)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, bos_token=BEGIN, eos_token=END
    )
