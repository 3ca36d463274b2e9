"""What a prompt costs the frozen language model, counted from its sizes.

Two operations for each weight that a token meets, and four for each pair of tokens and unit of
width in attention, half of the pairs being in the future. Source: Kaplan et al. 2020, "Scaling
Laws for Neural Language Models", section 2.1.
"""

from __future__ import annotations

import math

from torch import nn

from ...core.costs import ConditionerCost, ExampleShape
from ...core.payloads import VIDEO
from .config import MllmConfig
from .thinker import Thinker

FRAMES_PER_TOKEN = 2
"""Frames that the eye folds into one layer of patches."""
PATCHES_PER_TOKEN = 4
TOKEN_PIXELS = 28
"""Side of what one token shows of a frame."""
LEAST_TOKENS = 128
"""Tokens that the published processor enlarges a frame to, at least."""


def prompt_cost(
    config: MllmConfig, thinker: Thinker, example: ExampleShape, most_tokens: int
) -> ConditionerCost | None:
    """Return what a prompt costs; `None` where the language model runs in every step.

    A task that fills the slot `video` is taken to show the same video in its prompt.

    Args:
        config: how prompts are read.
        thinker: the language model, with or without weights.
        example: its text, and how long a video it has.
        most_tokens: what the condition is cut or brought to.
    """
    if config.features == "metaquery":
        return None
    seen = 0
    if VIDEO in example.fills:
        frames = round(config.video_fps * min(example.seconds, config.video_seconds))
        seen = math.ceil(frames / FRAMES_PER_TOKEN) * _tokens_of_frame(config)
    count = example.prompt_tokens + seen
    states = min(count, most_tokens)
    return ConditionerCost(
        tokens=states if config.is_every_token else config.queries,
        frozen_flop=_flop(thinker, count, seen),
        feature_numbers=states * thinker.width,
    )


def _tokens_of_frame(config: MllmConfig) -> int:
    """Return the tokens of a frame; a local eye shrinks frames, the published one enlarges them."""
    if config.local is not None:
        return math.floor(math.sqrt(config.local.frame_pixels) / TOKEN_PIXELS) ** 2
    return math.ceil(math.sqrt(LEAST_TOKENS)) ** 2


def _flop(thinker: Thinker, count: int, seen: int) -> float:
    parts = thinker.model.model
    decoder, eye = parts.language_model.layers, parts.visual  # type: ignore[union-attr]
    attention = 2.0 * count**2 * thinker.width * thinker.layers
    return (
        2.0 * count * _weights(decoder)  # type: ignore[arg-type]
        + attention
        + 2.0 * seen * PATCHES_PER_TOKEN * _weights(eye)  # type: ignore[arg-type]
    )


def _weights(part: nn.Module) -> int:
    return sum(parameter.numel() for parameter in part.parameters())
