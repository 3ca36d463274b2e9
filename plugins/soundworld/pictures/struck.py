"""Things that are struck: drum, bell, glass, door, hands. Places in pixels."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, Numbers
from .look import DARK, FLOOR, Look, spark
from .motion import Motion, bounce, fading, strike

BALL, STEEL, BOB, SKIN = (235, 70, 50), (190, 200, 215), (120, 220, 90), (240, 190, 150)
TURN = np.float32(2 * np.pi)


def drum(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a ball that bounces on a drum."""
    half, skin = 15 * look.size, 40.0
    canvas.box(32 - half, skin, 32 + half, FLOOR, (150, 60, 45))
    canvas.box(32 - half, skin + 6, 32 + half, skin + 8, (220, 180, 90))
    canvas.box(32 - half - 1, skin, 32 + half + 1, skin + 2, (240, 235, 220))
    canvas.disc(32, skin - 5 - bounce(moves, top=27), 5, BALL)
    spark(canvas, moves, 32, skin)


def bell(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a hammer that strikes a bell from the side; the bell swings after it."""
    radius = 10 * look.size
    left, swing = 42 - radius, 2 * fading(moves, 0.6) * np.sin(TURN * 5 * _finite(moves.since))
    x = 42 + swing
    canvas.bar((42.0, 4.0), (x, 20.0), 2, DARK)
    canvas.disc(x, 20 + radius, radius, (235, 200, 60))
    canvas.box(x - radius, 20 + radius, x + radius, 22 + 2 * radius, (235, 200, 60))
    canvas.box(x - radius - 3, 22 + 2 * radius, x + radius + 3, 25 + 2 * radius, (200, 160, 40))
    head = left - 4 - 16 * (1 - strike(moves))
    canvas.bar((4.0, 58.0), (head, 32.0), 3, (130, 90, 50))
    canvas.box(head - 4, 27, head + 4, 38, STEEL)
    spark(canvas, moves, left, 32)


def glass(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a pendulum whose bob taps a wine glass."""
    height = 14 * look.size
    canvas.box(38, FLOOR - 14 - height, 52, FLOOR - 14, (170, 220, 240))
    canvas.box(44, FLOOR - 14, 46, FLOOR - 2, (170, 220, 240))
    canvas.box(39, FLOOR - 2, 51, FLOOR, (170, 220, 240))
    angle = np.float32(0.4) - np.float32(0.9) * (1 - strike(moves))
    reach = 31.0
    x = 38 - 5 - reach * np.sin(0.4) + reach * np.sin(angle)
    y = 8 + reach * np.cos(angle)
    canvas.bar((38 - 5 - reach * np.sin(0.4), 8.0), (x, y), 1.5, DARK)
    canvas.disc(x, y, 5, BOB)
    spark(canvas, moves, 38, 8 + reach * np.cos(0.4))


def door(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw a fist that knocks on a door."""
    wide = 22 * look.size
    canvas.box(36, 6, 36 + wide, FLOOR, (120, 75, 40))
    canvas.box(40, 11, 32 + wide, 28, (95, 58, 30))
    canvas.box(40, 33, 32 + wide, 51, (95, 58, 30))
    x = 31 - 13 * (1 - strike(moves))
    canvas.bar((-6.0, 44.0), (x, 30.0), 6, (60, 90, 170))
    canvas.disc(x, 30, 5, SKIN)
    spark(canvas, moves, 36, 30)


def hands(canvas: Canvas, moves: Motion, look: Look) -> None:
    """Draw two hands that clap."""
    apart = 3 + 15 * (1 - strike(moves))
    tall = 9 * look.size
    for side in (-1, 1):
        x = 32 + side * apart
        canvas.bar((32 + side * 26.0, 66.0), (x, 34 + tall), 6, (70, 150, 90))
        canvas.bar((x, 32 - tall), (x, 32 + tall), 6, SKIN)
    spark(canvas, moves, 32, 32 - tall - 4)


def _finite(seconds: Numbers) -> Numbers:
    return np.where(np.isfinite(seconds), seconds, 0)
