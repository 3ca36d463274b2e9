"""Likeliest answers to several questions at a time. Shapes: B batch, T tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...core.payloads import Prompt
from .chat import TURN_END
from .config import MllmConfig
from .question import question_inputs
from .thinker import Thinker


def answer_together(
    thinker: Thinker,
    prompts: Sequence[Prompt],
    config: MllmConfig,
    *,
    max_new_tokens: int,
    together: int,
) -> list[str]:
    """Return the likeliest answer to each question.

    Questions of equal shape (the same words of clips of one length) go side by side, so that
    nothing is padded: an answer does not depend on its neighbours but for rounding.

    Args:
        thinker: the language model.
        prompts: questions, with audio or without.
        config: of the conditioner.
        max_new_tokens: longest answer, in tokens.
        together: most questions at a time.

    Raises:
        RequestError, MediaError: as `question_inputs`, for the first that cannot be read.
    """
    inputs = [question_inputs(thinker, prompt, config) for prompt in prompts]
    groups: dict[Any, list[int]] = {}
    for i, own in enumerate(inputs):
        shape = tuple((name, tuple(own[name].shape)) for name in sorted(own))
        groups.setdefault(shape, []).append(i)
    answers = [""] * len(prompts)
    for places in groups.values():
        for first in range(0, len(places), together):
            chunk = places[first : first + together]
            batch = {name: torch.cat([inputs[i][name] for i in chunk]) for name in inputs[chunk[0]]}
            for i, text in zip(chunk, _generate(thinker, batch, max_new_tokens), strict=True):
                answers[i] = text
    return answers


def _generate(thinker: Thinker, batch: dict[str, Tensor], max_new_tokens: int) -> list[str]:
    tokenizer, model = thinker.processor.tokenizer, thinker.model
    device = next(model.parameters()).device
    ends = [tokenizer.convert_tokens_to_ids(TURN_END), tokenizer.pad_token_id]
    generate: Any = model.generate
    ids = generate(
        **{name: tensor.to(device) for name, tensor in batch.items()},
        max_new_tokens=max_new_tokens,
        eos_token_id=ends,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
    )
    answers = ids[:, batch["input_ids"].shape[1] :]
    texts: list[str] = tokenizer.batch_decode(answers, skip_special_tokens=True)
    return texts
