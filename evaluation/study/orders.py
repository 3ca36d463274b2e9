"""Who hears what when: random orders in which every clip meets every position equally often."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Screen:
    """One item as one rater meets it.

    Attributes:
        item: number of the item, from 0.
        clips: numbers of its clips from 0, in the order in which they are shown.
    """

    item: int
    clips: tuple[int, ...]


def draw_orders(
    raters: int, items: int, clips: int, rng: np.random.Generator
) -> list[list[Screen]]:
    """Return for each rater the order of the items, and within each item that of its clips.

    Every rater meets every item once, with all its clips. Over the raters, each item stands in
    each place equally often, up to one; and each clip does so within each item over the raters,
    within each rater over the items, and over the whole study. Names are drawn before they are
    put into squares, so that the pattern says nothing about who is who.

    Args:
        raters: N, at least 1.
        items: M, at least 1.
        clips: clips of each item, at least 1.
        rng: draws which item and which clip plays which part of the squares.
    """
    item_square, clip_square = latin_square(items), latin_square(clips)
    item_names, clip_names = rng.permutation(items), rng.permutation(clips)
    columns = rng.permutation(items)  # the order of items tells nothing of that of their clips
    rows = balanced_rows(raters, items, clips)
    return [
        [
            Screen(
                item=int(item),
                clips=tuple(
                    int(clip_names[symbol]) for symbol in clip_square[rows[rater][columns[item]]]
                ),
            )
            for item in (item_names[symbol] for symbol in item_square[rater % items])
        ]
        for rater in range(raters)
    ]


def latin_square(size: int) -> list[list[int]]:
    """Return rows that hold each number below ``size`` once, as each column does.

    With an even size every number also follows every other equally often.

    Source: Williams 1949, "Experimental designs balanced for the estimation of residual effects
    of treatments".
    """
    first = [(step + 1) // 2 if step % 2 else (size - step // 2) % size for step in range(size)]
    return [[(number + shift) % size for number in first] for shift in range(size)]


def balanced_rows(raters: int, items: int, size: int) -> list[list[int]]:
    """Return which row of a square each rater meets at each item: (N, M), numbers below ``size``.

    Each row is met equally often, up to one: by a rater over the items, at an item over the
    raters, and in all. A rater goes on where the one before ended; where that leads back to a row
    already begun with, one row is skipped.
    """
    period = size // math.gcd(items, size)
    return [
        [(rater * items + rater // period + item) % size for item in range(items)]
        for rater in range(raters)
    ]
