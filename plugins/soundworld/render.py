"""A plan → its sound: background and stems on one grid, so that sums are exact.

Every part is rounded to multiples of 2⁻²⁰ after one common gain. Sums and differences of a few
such numbers within ±1 fit the 24 bits of a float32, so mixing rounds nothing, in any order.
Shapes: N samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .backgrounds import background
from .events.table import SYNTHESISERS
from .instruments import melody_stem
from .plan import EventPlan, ScenePlan, generator
from .signals import Signal

PEAK = 0.9
GRID = np.float32(2.0**20)


@dataclass(frozen=True, eq=False)
class Rendered:
    """A rendered scene; all arrays (N,) float32.

    Attributes:
        background: what goes on throughout.
        stems: one per event, in the plan's order; for melodies one per timbre.
        source: what an edit starts from; `None` where nothing is edited.
        target: what the row asks for.
        mixture: the background with all stems (of a melody: the first).
        gain: the common gain of all of them.
        snr_db: power of each stem over its length, over that of the background, as planned.
    """

    background: Signal
    stems: tuple[Signal, ...]
    source: Signal | None
    target: Signal
    mixture: Signal
    gain: float
    snr_db: tuple[float, ...]


def event_stem(event: EventPlan, samples: int, rate: int) -> Signal:
    """Return an event (N,) alone in its clip; its hits are equal but for their level."""
    rng = generator(event.key)
    hit = SYNTHESISERS[event.label](
        event.hit_length, event.pitch_hz, event.colour, rate, rng
    ).astype(np.float32)
    out = np.zeros(samples, np.float32)
    for start, level in zip(event.hits, rng.uniform(0.8, 1.0, len(event.hits)), strict=True):
        at = event.onset + start
        out[at : at + event.hit_length] += np.float32(level) * hit
    return out


def render(plan: ScenePlan) -> Rendered:
    """Return the sound of a plan, all of it the target; a pure function."""
    level = 10 ** (plan.background_db / 20)
    bed = background(
        plan.background, plan.samples, plan.rate, plan.background_colour, plan.background_key
    )
    raw, snr_db = _raw_stems(plan, level)
    bed = np.float32(level) * bed
    total = np.abs(bed)
    for stem in raw:
        total = total + np.abs(stem)
    gain = np.float32(min(1.0, PEAK / float(total.max())))
    bed = np.rint(bed * (gain * GRID)) / GRID
    stems = tuple(np.rint(stem * (gain * GRID)) / GRID for stem in raw)
    mixture = bed
    for stem in stems[:1] if plan.melody is not None else stems:
        mixture = mixture + stem
    return Rendered(bed, stems, None, mixture, mixture, float(gain), snr_db)


def _raw_stems(plan: ScenePlan, level: float) -> tuple[list[Signal], tuple[float, ...]]:
    if plan.melody is not None:
        names = [plan.melody.instrument, plan.melody.other_instrument]
        start = plan.melody.notes[0].onset
        end = plan.melody.notes[-1].onset + plan.melody.notes[-1].length
        made = [melody_stem(plan.melody, name, plan.samples, plan.rate) for name in names if name]
        places = [(start, end, plan.melody.snr_db)] * len(made)
    else:
        made = [event_stem(event, plan.samples, plan.rate) for event in plan.events]
        places = [(e.onset, e.onset + e.length, e.snr_db) for e in plan.events]
    for stem, (start, end, snr_db) in zip(made, places, strict=True):
        power = float(np.mean(np.square(stem[start:end])))
        np.multiply(
            stem, np.float32(level * 10 ** (snr_db / 20) / np.sqrt(power + 1e-20)), out=stem
        )
    return made, tuple(place[2] for place in places)
