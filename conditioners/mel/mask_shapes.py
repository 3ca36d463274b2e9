"""How what training hides of an utterance lies in it: one run, its end, all of it, several runs.

Shapes: F frames of an utterance.
Source: Audio-Omni, section 5.1, hides 20 to 75 % and does not say how; one run is F5-TTS's (Chen et
al. 2024). The other shapes are ours: an end is speech that goes on from a voice's first words, all
of it is speech without a voice, and several runs are edits in more than one place.
"""

from __future__ import annotations

import itertools
import math
from typing import get_args

import torch
from torch import Tensor

from .config import Shape

SHAPES: tuple[Shape, ...] = get_args(Shape)

FEWEST_RUNS, MOST_RUNS = 2, 4
"""Of `several`."""


def draw_shape(shares: dict[Shape, float], generator: torch.Generator) -> Shape:
    """Return a shape, each as often as its share of them all says."""
    drawn = float(torch.rand(1, generator=generator, device=generator.device))
    reached, total = 0.0, sum(shares.values())
    able = [shape for shape in SHAPES if shares.get(shape, 0) > 0]
    for shape in able:
        reached += shares[shape] / total
        if drawn < reached:
            return shape
    return able[-1]


def draw_hidden(
    shape: Shape, frames: int, parts: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Return what is hidden of an utterance, (F,) bool on the CPU.

    Args:
        shape: how it lies.
        frames: F.
        parts: least and greatest part that is hidden, of every shape but `all`.
        generator: drawn from.
    """
    if shape == "all":
        return torch.ones(frames, dtype=torch.bool)
    length = draw_length(frames, parts, generator)
    if shape == "end":
        return torch.arange(frames) >= frames - length
    runs = 1
    if shape == "several":
        wanted = _draw(FEWEST_RUNS, MOST_RUNS, generator)
        runs = max(1, min(wanted, length, frames - length + 1))
    return _runs(frames, length, runs, generator)


def draw_run(frames: int, parts: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Return one run of frames to hide, (F,) bool on the CPU.

    Every length within the parts is equally likely, and then every place; an utterance too short
    for a whole number of frames within them gets the next longer run.
    """
    return draw_hidden("run", frames, parts, generator)


def draw_length(frames: int, parts: tuple[float, float], generator: torch.Generator) -> int:
    """Return how many frames to hide."""
    least = math.ceil(parts[0] * frames)
    return _draw(least, max(least, math.floor(parts[1] * frames)), generator)


def _runs(frames: int, length: int, runs: int, generator: torch.Generator) -> Tensor:
    """Return so many runs, ``length`` frames long together, with frames between them.

    One run is equally likely at every place. Of several, every way to cut the hidden frames into
    runs and the others into what lies around them is equally likely.
    """
    hidden = torch.zeros(frames, dtype=torch.bool)
    if runs == 1:
        start = _draw(0, frames - length, generator)
        hidden[start : start + length] = True
        return hidden
    sizes = _parts_of(length, runs, generator)
    gaps = _parts_of(frames - length + 2, runs + 1, generator)  # the outer ones may be empty
    place = gaps[0] - 1
    for size, gap in zip(sizes, gaps[1:], strict=True):
        hidden[place : place + size] = True
        place += size + gap
    return hidden


def _parts_of(total: int, count: int, generator: torch.Generator) -> list[int]:
    """Return a number as a sum of so many others from 1 on, every way equally likely."""
    order = torch.randperm(total - 1, generator=generator, device=generator.device)
    cuts = [0, *sorted((order[: count - 1] + 1).tolist()), total]
    return [b - a for a, b in itertools.pairwise(cuts)]


def _draw(least: int, greatest: int, generator: torch.Generator) -> int:
    drawn = torch.randint(least, greatest + 1, (1,), generator=generator, device=generator.device)
    return int(drawn)
