"""A prompt's words as token ids. Shapes: B batch, T tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...core.errors import RequestError
from ...core.payloads import Prompt


def token_ids(who: str, tokenizer: Any, prompt: Prompt, max_tokens: int) -> Tensor:
    """Return the ids (T,) of the prompt's text, with the marks of its begin and end.

    Raises:
        RequestError: if there are more than ``max_tokens``.
    """
    ids = tokenizer(prompt.text, verbose=False)["input_ids"]
    if len(ids) > max_tokens:
        raise RequestError(
            f"The prompt has {len(ids)} tokens; expected at most max_tokens = {max_tokens}. "
            f"Shorten it, or raise `max_tokens` of conditioner '{who}' if its network reads more. "
            f"It begins: {prompt.text[:60]!r}."
        )
    return torch.tensor(ids)


def padded_ids(ids: Sequence[Tensor], padding: int, device: torch.device) -> dict[str, Tensor]:
    """Return ids (B, T_max), padded on the right, and which of them count, as inputs by name."""
    mask = pad_sequence([torch.ones_like(own) for own in ids], batch_first=True)
    padded = pad_sequence(list(ids), batch_first=True, padding_value=padding)
    return {"input_ids": padded.to(device), "attention_mask": mask.to(device)}


def unread(who: str, prompt: Prompt, *media: str) -> tuple[str, ...]:
    """Return a note for each of the prompt's media that a network cannot take in."""
    return tuple(
        f"the prompt's {medium} has no effect: {who} does not read {medium}"
        for medium in media
        if getattr(prompt, medium) is not None
    )
