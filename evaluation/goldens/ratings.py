"""Golden cases of human ratings."""

from __future__ import annotations

from ..statistics.ratings import summarise_ratings
from .cases import Case, Tolerance
from .comparison import Comparison


def check_ratings(case: Case, comparison: Comparison) -> None:
    """Compare the mean and the intervals by Student's t."""
    found = summarise_ratings(case.array("ratings"))
    near = case.tolerance(default=Tolerance(1e-10))
    values = {
        "mean": found.mean,
        "std_ddof1_all": found.std,
        "ci95_half_width_all_ratings_iid_t": found.half_width_iid,
        "ci95_half_width_items_as_units_t": found.half_width_items,
        "ci95_half_width_raters_as_units_t": found.half_width_raters,
    }
    for name, value in values.items():
        comparison.near(name, value, near)
