"""Things that fire or sweep for as long as they sound: ray gun, slide whistle, siren."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, Numbers
from .look import DARK, FLOOR, Look
from .motion import Motion

BEAM, SLIDE, LAMP = (120, 255, 120), (255, 150, 220), (255, 90, 60)
TURN = np.float32(2 * np.pi)


def ray_gun(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a ray gun whose beam, thick at first, hits a target."""
    left = _left(moves, look)
    canvas.box(4, 28, 20, 36, (150, 150, 170))
    canvas.box(6, 36, 11, 46, (110, 110, 130))
    for radius, colour in ((10, (230, 230, 230)), (7, (200, 50, 50)), (3, (230, 230, 230))):
        canvas.disc(54, 32, radius * look.size, colour)
    canvas.bar((21.0, 32.0), (54.0, 32.0), np.where(left > 0, 1 + 4 * left, 0), BEAM)


def whistle(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a slide whistle: while it sounds, the slide glows and rises with the pitch."""
    left = _left(moves, look)
    sounds = left > 0
    half = 6 * look.size
    canvas.box(32 - half - 2, 6, 32 + half + 2, FLOOR, (90, 90, 110))
    canvas.box(32 - half, 8, 32 + half, FLOOR - 2, DARK)
    y = np.where(sounds, 12 + 36 * left, 48)
    canvas.box(32 - half, y, 32 + half, y + 6, (110, 70, 95))
    canvas.box(32 - half, y, 32 + half, np.where(sounds, y + 6, y), SLIDE)


def siren(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a lamp on a post: while it sounds, it glows and its beam follows the wail."""
    sounds = _left(moves, look) > 0
    since = np.where(sounds, moves.since, 0)
    wail = np.sin(TURN * np.float32(0.8 + 0.7 * look.colour) * since - TURN / 4)
    canvas.box(29, 40, 35, FLOOR, (120, 120, 130))
    angle = np.float32(1.2) * wail
    x, y = 32 + 30 * np.sin(angle), 34 - 30 * np.cos(angle)
    canvas.bar((32.0, 34.0), (x, y), np.where(sounds, 5, 0), (255, 210, 120))
    canvas.disc(32, 34, 8 * look.size, (110, 50, 45))
    canvas.disc(32, 34, np.where(sounds, 8 * look.size, 0), LAMP)


def _left(moves: Motion, look: Look) -> Numbers:
    """Return which share of the present sound is still to come (F,); 0 where nothing sounds."""
    return np.clip(1 - moves.since / np.float32(look.length_s), 0, 1)
