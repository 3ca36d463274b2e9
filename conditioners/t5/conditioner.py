"""Prompts as hidden states of a frozen T5 encoder. Shapes: B batch, T tokens, W width of T5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...core.payloads import Prompt
from ..pretrained.frozen import Pretrained
from ..pretrained.loading import load_pretrained
from ..pretrained.text import padded_ids, token_ids, unread
from ..pretrained.tokens import FrozenTokens
from .config import T5Config
from .local import build_local_t5


class T5Conditioner(FrozenTokens[Prompt]):
    """Last hidden states of a T5 encoder that reads the prompt's text, one token each.

    It knows no roles and reads no media: the prompt's ``system``, ``audio`` and ``video`` do not
    reach it, and for media `conversions` says so.

    Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified
    Text-to-Text Transformer"; Audio-Omni, Table A1.
    """

    config_model = T5Config
    config: T5Config

    @staticmethod
    def open_network(config: T5Config) -> Pretrained:
        """Return the network with what prepares its inputs."""
        if config.local is not None:
            return build_local_t5(config.local)
        from transformers import AutoTokenizer
        from transformers.models.t5.modeling_t5 import T5EncoderModel

        return load_pretrained("t5", config, T5EncoderModel, tokenizer=AutoTokenizer)

    def state_width(self, sizes: Any) -> int:
        """Return the width of its states."""
        return int(sizes.d_model)

    def prepare(self, payload: Prompt) -> Tensor:
        """Return the ids (T,) of the prompt's text.

        Raises:
            RequestError: if the prompt is longer than ``max_tokens``.
        """
        return token_ids("t5", self.pretrained.tokenizer, payload, self.config.max_tokens)

    def conversions(self, payload: Prompt) -> tuple[str, ...]:
        """Return which of the prompt's media are not read."""
        return unread("t5", payload, "audio", "video")

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Tensor]) -> list[Tensor]:
        """Return states (T_i, W) float32 on the CPU of each text, all in one batch."""
        padding = self.pretrained.config.pad_token_id
        inputs = padded_ids(prepared, padding, self.frozen_device)
        states = self.pretrained.network(**inputs).last_hidden_state.float().cpu()
        return [own[: len(ids)].clone() for own, ids in zip(states, prepared, strict=True)]
