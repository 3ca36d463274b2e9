"""How long the demo trains: minutes bound it, and steps do not."""

from __future__ import annotations

DEFAULT_MINUTES = 7.0
"""Minutes of training that leave room for the rest within ten on two cores."""

FULL_MINUTES = 60.0
"""Minutes in which every task is learned, on two cores, after the language model's fifteen."""

UNBOUNDED_STEPS = 10**9
