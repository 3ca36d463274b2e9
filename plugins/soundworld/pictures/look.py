"""What differs between two pictures of one kind, and the parts that many pictures share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..plan import EventPlan
from ..vocabulary import KIND_OF
from .canvas import Canvas, Colour, Place
from .motion import Motion, fading

WHITE: Colour = (255, 255, 255)
DARK: Colour = (25, 22, 30)
FLOOR = 56.0


@dataclass(frozen=True)
class Look:
    """How one clip looks.

    Attributes:
        size: of the thing that sounds, 0.8…1.2; the deeper it sounds, the larger.
        colour: the colour parameter of its sound, 0…1.
        length_s: how long one sound lasts.
        wall: colour of the background.
        ground: colour of the floor.
        mirrored: whether left and right are swapped.
    """

    size: float
    colour: float
    length_s: float
    wall: Colour
    ground: Colour
    mirrored: bool


def draw_look(event: EventPlan, rate: int, rng: np.random.Generator) -> Look:
    """Return a look; its size follows the pitch of the event."""
    low, high = np.log(KIND_OF[event.label].pitch_hz)
    height = (np.log(event.pitch_hz) - low) / (high - low)
    wall = tuple(int(x) for x in rng.integers(40, 90, 3))
    return Look(
        size=float(1.2 - 0.4 * height),
        colour=event.colour,
        length_s=event.length / rate,
        wall=(wall[0], wall[1], wall[2]),
        ground=(wall[0] // 2, wall[1] // 2, wall[2] // 2),
        mirrored=bool(rng.integers(2)),
    )


def spark(canvas: Canvas, moves: Motion, x: Place, y: Place, reach: float = 6.0) -> None:
    """Draw a white cross where something hits; it is gone after a tenth of a second."""
    width = 2.4 * fading(moves, 0.1)
    for dx, dy in ((reach, reach), (reach, -reach)):
        canvas.bar((x - dx, y - dy), (x + dx, y + dy), width, WHITE)
