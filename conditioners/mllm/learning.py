"""Learning to answer: the likelihood of an answer's tokens, and of no others.

Shapes: B batch, T tokens, A tokens of answers, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ...core.errors import RequestError
from ...core.payloads import Prompt
from .chat import TURN_END
from .config import MllmConfig
from .joining import IGNORED, LABELS, join_inputs, without_padding
from .media import Inputs
from .question import question_inputs
from .thinker import Thinker

IN_STEP = "audio_in_step"
"""Whether a conversation's audio is that of its video; such ones make a batch of their own."""

Measure = Callable[[Tensor, Tensor], Tensor]


def lesson(thinker: Thinker, prompt: Prompt, answer: str, config: MllmConfig) -> dict[str, Tensor]:
    """Return the conversation that `answer_prompt` begins, ended by the right answer.

    Returns:
        Token ids, mask and ``labels`` (1, T), which are `IGNORED` but for the answer and the mark
        that ends it; and the features of audio and video.

    Raises:
        RequestError: if the answer is empty or holds control tokens, or the question cannot be
            read.
        MediaError: if the question's video cannot be decoded.
    """
    question = without_padding(question_inputs(thinker, prompt, config))
    said = _answer_ids(thinker, answer)
    asked = question["input_ids"]
    return {
        **question,
        "input_ids": torch.cat([asked, said], dim=1),
        "attention_mask": torch.ones(1, asked.shape[1] + said.shape[1], dtype=torch.long),
        LABELS: torch.cat([torch.full_like(asked, IGNORED), said], dim=1),
        IN_STEP: torch.tensor(prompt.audio_of_video),
    }


def _answer_ids(thinker: Thinker, answer: str) -> Tensor:
    """Return the tokens (1, A) of an answer and its end, as they would be generated."""
    tokenizer = thinker.processor.tokenizer
    marks = [token for token in tokenizer.all_special_tokens if token in answer]
    if marks or not answer.strip():
        got = f"the control token {marks[0]!r} in it" if marks else repr(answer)
        raise RequestError(f"Got an answer with {got}; expected plain words to learn.")
    ids: Tensor = tokenizer(answer + TURN_END, return_tensors="pt")["input_ids"]
    return ids


def answer_losses(thinker: Thinker, lessons: Sequence[Inputs]) -> Tensor:
    """Return the negative log-likelihood of each answer (B,), in nats; differentiable.

    It is the sum over the answer's tokens, so that each word counts alike wherever it stands: a
    mean would make those of a long description, which teach most, count least.
    """
    return _per_answer(thinker, lessons, _cross_entropy)


@torch.no_grad()
def answers_match(thinker: Thinker, lessons: Sequence[Inputs]) -> Tensor:
    """Return which questions (B,) bool the thinker answers word for word.

    The likeliest answer is the right one if and only if each of its tokens is the likeliest after
    those before it, so all tokens are judged in one pass and none is generated.
    """
    return _per_answer(thinker, lessons, _is_wrong) == 0


def _cross_entropy(logits: Tensor, tokens: Tensor) -> Tensor:
    return functional.cross_entropy(logits, tokens, reduction="none")


def _is_wrong(logits: Tensor, tokens: Tensor) -> Tensor:
    return (logits.argmax(-1) != tokens).float()


def _per_answer(thinker: Thinker, lessons: Sequence[Inputs], measure: Measure) -> Tensor:
    """Return the sum of a measure of logits (A, V) and tokens (A,) over each answer (B,)."""
    parts, order = [], []
    for in_step in (False, True):
        chosen = [i for i, item in enumerate(lessons) if bool(item[IN_STEP]) is in_step]
        if chosen:
            parts.append(_measured(thinker, [lessons[i] for i in chosen], in_step, measure))
            order += chosen
    return torch.cat(parts)[torch.tensor(order).argsort()]


def _measured(
    thinker: Thinker, lessons: Sequence[Inputs], in_step: bool, measure: Measure
) -> Tensor:
    model: Any = thinker.model
    device = next(model.parameters()).device
    joined = join_inputs(lessons, thinker.processor.tokenizer.pad_token_id)
    batch = {name: tensor.to(device) for name, tensor in joined.items()}
    labels = batch.pop(LABELS)[:, 1:]  # a state foretells the token after its own
    states = model.model(**batch, use_audio_in_video=in_step, use_cache=False).last_hidden_state
    said = labels != IGNORED
    logits = model.lm_head(states[:, :-1][said]).float()
    owner = said.nonzero()[:, 0]
    return logits.new_zeros(len(lessons)).index_add(0, owner, measure(logits, labels[said]))
