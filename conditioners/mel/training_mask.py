"""Hiding a part of every utterance in training, so that a model learns to fill in speech.

It has to take the speaker from what is left and the words from the transcript.

Shapes: F frames of an utterance, T frames in all.
Source: Audio-Omni, section 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ...core.hidden import HiddenFrames
from .config import FrontEndConfig, Shape
from .mask_shapes import draw_hidden, draw_shape
from .speech_mask import one_each

Prepared = Mapping[str, Any]


def hidden_frames(
    items: Sequence[Prepared],
    parts: tuple[float, float] | None,
    generators: Sequence[torch.Generator] | None,
    shapes: dict[Shape, float] | None = None,
) -> list[Tensor]:
    """Return what is hidden of each clip, (T_i,) bool.

    Args:
        items: what `hiding.hidden_part` has made.
        parts: least and greatest part of an utterance to hide, drawn in place of what its request
            hides; what comes after it is hidden all the same. `None`: nothing is drawn.
        generators: one for each item; those of utterances are drawn from.
        shapes: how often what is hidden lies how; `None`: it is one run always.

    Raises:
        ContractError: if something is to be drawn without a generator for each item.
    """
    hidden = [item["hidden"] for item in items]
    utterances = [i for i, item in enumerate(items) if item["utterance"]]
    if parts is None or not utterances:
        return hidden
    given = one_each(generators, len(items), "training_mask")
    for i in utterances:
        shape: Shape = "run" if shapes is None else draw_shape(shapes, given[i])
        drawn = draw_hidden(shape, items[i]["clip_frames"], parts, given[i])
        hidden[i] = torch.cat([drawn.to(hidden[i].device), hidden[i][len(drawn) :]])
    return hidden


def told(
    items: Sequence[Prepared], hidden: Sequence[Tensor], config: FrontEndConfig
) -> tuple[HiddenFrames | None, ...]:
    """Return what was drawn to be hidden of each item, for the loss; `None` of no utterance.

    Args:
        items: what `hiding.hidden_part` has made.
        hidden: what `hidden_frames` drew for them, (T_i,) bool each.
        config: how clips became frames.
    """
    return tuple(
        HiddenFrames(own, config.sample_rate_hz, config.hop) if item["utterance"] else None
        for item, own in zip(items, hidden, strict=True)
    )
