"""A plan of impacts → the frames of its clip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..plan import ScenePlan, generator
from . import living, struck, sweeps
from .canvas import SIZE, Canvas
from .look import FLOOR, Look, draw_look
from .motion import Motion, motion

Painter = Callable[[Canvas, Motion, Look], None]
PAINTERS: dict[str, Painter] = {
    "drum": struck.drum,
    "bell": struck.bell,
    "glass clink": struck.glass,
    "knock": struck.door,
    "clap": struck.hands,
    "footsteps": living.boots,
    "water drip": living.tap,
    "dog bark": living.dog,
    "laser zap": sweeps.ray_gun,
    "whistle": sweeps.whistle,
    "siren": sweeps.siren,
}
"""Label of an event → what draws it; one for each of `kinds.SIGHTS`."""


def film_impacts(plan: ScenePlan) -> NDArray[np.uint8]:
    """Return the frames (F, 64, 64, 3) of a clip, 25 a second; a pure function of the plan.

    The clip lasts as long as the sound, rounded to whole frames.
    """
    look = draw_look(plan.events[0], plan.rate, generator((*plan.wording_key, 3)))
    moves = motion([e.onset / plan.rate for e in plan.events], plan.samples / plan.rate)
    canvas = Canvas(len(moves.seconds), look.wall)
    canvas.box(0, FLOOR, SIZE, SIZE, look.ground)
    PAINTERS[plan.events[0].label](canvas, moves, look)
    return canvas.pixels[:, :, ::-1].copy() if look.mirrored else canvas.pixels
