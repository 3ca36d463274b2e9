"""Plans of clips in which something hits, opens or sweeps: each impact is one event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..config import SoundworldOptions
from ..plan import EventPlan, ScenePlan, generator, pick, plan_background
from ..vocabulary import KIND_OF
from .kinds import SIGHTS, Sight

FIRST_S, APART_S = 0.15, 0.35
"""Earliest impact, and least time between two, in seconds."""


def plan_impacts(options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
    """Return the plan of a clip with one to four impacts of one kind, at irregular times.

    All impacts sound alike: they share pitch, colour and level.
    """
    rng = generator(key)
    sight = pick(SIGHTS, rng)
    kind, rate = KIND_OF[sight.label], options.sample_rate_hz
    length = min(int(rng.uniform(*kind.hit_s) * rate), int(sight.share * options.samples))
    like = EventPlan(
        label=sight.label,
        onset=0,
        hit_length=length,
        hits=(0,),
        pitch_hz=float(np.exp(rng.uniform(*np.log(kind.pitch_hz)))),
        colour=float(rng.uniform()),
        snr_db=float(rng.uniform(*options.snr_db)),
        key=(*key, 1),
    )
    onsets = _onsets(options, sight, length, rng)
    return ScenePlan(
        **plan_background(options, rng, key),
        events=tuple(replace(like, onset=onset) for onset in onsets),
    )


def _onsets(
    options: SoundworldOptions, sight: Sight, length: int, rng: np.random.Generator
) -> list[int]:
    """Return sorted starts in samples; each sound ends within the clip."""
    rate = options.sample_rate_hz
    apart = round(APART_S * rate)
    if sight.rest_s is not None:
        apart = max(apart, length + round(sight.rest_s * rate))
    first, last = round(FIRST_S * rate), options.samples - length
    count = min(int(rng.integers(1, sight.most + 1)), 1 + (last - first) // apart)
    free = np.sort(rng.integers(0, last - first - (count - 1) * apart + 1, size=count))
    return [first + int(at) + i * apart for i, at in enumerate(free)]
