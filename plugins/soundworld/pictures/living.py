"""Feet, water and a dog: things that step, drip and open. Places in pixels."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, Numbers
from .look import DARK, FLOOR, WHITE, Look, spark
from .motion import Motion, fading

BOOT, WATER, FUR, TONGUE = (200, 120, 40), (90, 170, 240), (170, 120, 70), (220, 60, 80)
SWING_S, FALL_S = 0.3, 0.28
STRIDE = 9.0


def boots(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw two legs that walk: each impact sets one boot down, a stride further."""
    swung = np.clip(1 - moves.until / SWING_S, 0, 1)
    lift = 10 * look.size * np.sin(np.pi * swung)
    places = [_foot(moves, swung, foot) for foot in (0, 1)]
    hip = (places[0] + places[1]) / 2
    canvas.bar((hip, 6.0), (hip, 24.0), 12, (60, 110, 160))
    for foot, x in enumerate(places):
        # The foot whose turn it is at the next impact is in the air.
        y = FLOOR - 3 - np.where(moves.done % 2 == foot, lift, 0)
        canvas.bar((hip, 26.0), (x, y - 3), 4, (50, 60, 90))
        canvas.bar((x, y), (x + 4, y), 6, BOOT)
    landed = np.where(moves.done % 2 == 1, places[0], places[1])
    spark(canvas, moves, landed + 2, FLOOR, reach=4)


def tap(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw drops that fall from a tap into water, and the ripple that each makes."""
    surface, mouth = 50.0, 15.0
    canvas.box(8, 4, 34, 10, (170, 170, 180))
    canvas.box(28, 8, 36, 13, (170, 170, 180))
    canvas.box(0, surface, 64, 64, (30, 70, 130))
    left = np.clip(moves.until / FALL_S, 0, 1)
    y = mouth + (surface - 3 - mouth) * (1 - left) ** 2
    grown = np.clip(2 - moves.until / FALL_S, 0, 1)
    touching = moves.since == 0
    y, radius = np.where(touching, surface - 3, y), 3 * look.size * np.where(touching, 1, grown)
    canvas.disc(32, y, radius, WATER)
    wave = np.where(moves.since < 0.4, 4 + 55 * np.minimum(moves.since, 1), 0)
    bright = fading(moves, 0.4) > 0
    canvas.box(32 - wave, surface, 32 + wave, surface + 1.5 * bright, WHITE)


def dog(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a dog's head that opens its mouth at each bark."""
    opened = 11 * fading(moves, max(look.length_s, 0.15)) ** np.float32(0.5)
    head = 13 * look.size
    canvas.bar((12.0, 60.0), (24.0, 32.0), 16, FUR)
    canvas.bar((18.0, 32 - head), (20.0, 30.0), 7, (110, 75, 45))
    canvas.disc(26, 28, head, FUR)
    canvas.box(30, 33, 50, 33 + opened, TONGUE)
    canvas.bar((32.0, 30.0), (50.0, 30.0), 7, FUR)
    canvas.bar((32.0, 36 + opened), (48.0, 36 + opened), 5, FUR)
    canvas.disc(53, 28, 2.5, DARK)
    canvas.disc(30, 23, 2, DARK)


def _foot(moves: Motion, swung: Numbers, foot: int) -> Numbers:
    """Return where a foot is (F,): it makes every other stride, each from behind the other."""
    made = (moves.done + 1 - foot) // 2
    on_the_way = np.where(moves.done % 2 == foot, swung, 0)
    return (24 + STRIDE * (2 * (made + on_the_way) + foot - 2)).astype(np.float32)
