"""Where a cut of a long row begins: by rule, at random, or at an edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SPAN = "span"
"""The truth that says where an edit is: one pair of seconds, or several."""

AT_RANDOM = ("random", "edit")
"""Rules that draw a place."""


def start_of_cut(
    truth: Mapping[str, Any],
    rule: str,
    seconds: float,
    whole_s: float,
    rng: np.random.Generator | None = None,
) -> float:
    """Return where a cut begins, in seconds; it lies within the clip.

    Args:
        truth: of the row; its spans say where an edit is.
        rule: see `cut.crop_row`.
        seconds: length of the cut.
        whole_s: length of the clip.
        rng: draws the place, for the rules that do.
    """
    spare = max(whole_s - seconds, 0.0)
    spans = spans_of(truth.get(SPAN)) if rule in {"edit", "span"} else []
    if rule == "edit" and spans and rng is not None:
        return _start_at_an_edit(spans, seconds, spare, rng)
    if rule in AT_RANDOM and rng is not None:
        return float(rng.uniform(0, spare))
    if not spans:
        return 0.0
    middle = sum(spans[0]) / 2
    return min(max(middle - seconds / 2, 0.0), spare)


def spans_of(value: Any) -> list[tuple[float, float]]:
    """Return one pair, or a list of pairs, as a list of pairs."""
    array = np.asarray(value if value is not None else [], dtype=float).reshape(-1, 2)
    return [(float(start), float(end)) for start, end in array]


def _start_at_an_edit(
    spans: Sequence[tuple[float, float]], seconds: float, spare: float, rng: np.random.Generator
) -> float:
    """Return the start of a cut, uniform among those that show enough of a span drawn at random.

    Enough is half of the span, or half of the cut where the span is longer than it: edits come
    anywhere in a cut, their beginnings and ends too, and none is missing.
    """
    begin, end = spans[int(rng.integers(len(spans)))]
    enough = min(end - begin, seconds) / 2
    first = min(max(begin + enough - seconds, 0.0), spare)
    last = min(max(end - enough, 0.0), spare)
    return float(rng.uniform(first, last))
