"""Hiding a part of every utterance in training, so that a model learns to fill in speech.

It has to take the speaker from what is left and the words from the transcript.

Shapes: F frames of an utterance, T frames in all.
Source: Audio-Omni, section 5.1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .speech_mask import one_each

Prepared = Mapping[str, Any]


def hidden_frames(
    items: Sequence[Prepared],
    parts: tuple[float, float] | None,
    generators: Sequence[torch.Generator] | None,
) -> list[Tensor]:
    """Return what is hidden of each clip, (T_i,) bool.

    Args:
        items: what `hiding.hidden_part` has made.
        parts: least and greatest part of an utterance to hide, drawn in place of what its request
            hides; what comes after it is hidden all the same. `None`: nothing is drawn.
        generators: one for each item; those of utterances are drawn from.

    Raises:
        ContractError: if something is to be drawn without a generator for each item.
    """
    hidden = [item["hidden"] for item in items]
    utterances = [i for i, item in enumerate(items) if item["utterance"]]
    if parts is None or not utterances:
        return hidden
    given = one_each(generators, len(items), "training_mask")
    for i in utterances:
        run = draw_run(items[i]["clip_frames"], parts, given[i])
        hidden[i] = torch.cat([run.to(hidden[i].device), hidden[i][len(run) :]])
    return hidden


def draw_run(frames: int, parts: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Return one run of frames to hide, (F,) bool on the CPU.

    Every length within the parts is equally likely, and then every place; an utterance too short
    for a whole number of frames within them gets the next longer run.
    """
    least = math.ceil(parts[0] * frames)
    length = _draw(least, max(least, math.floor(parts[1] * frames)), generator)
    start = _draw(0, frames - length, generator)
    run = torch.zeros(frames, dtype=torch.bool)
    run[start : start + length] = True
    return run


def _draw(least: int, greatest: int, generator: torch.Generator) -> int:
    drawn = torch.randint(least, greatest + 1, (1,), generator=generator, device=generator.device)
    return int(drawn)
