"""Golden cases of defects that tools have: what is compared is the correct value."""

from __future__ import annotations

import numpy as np

from ..statistics.divergence import kl_divergence
from ..statistics.frechet import frechet_distance
from ..statistics.gaussian import Gaussian
from .cases import Case, Tolerance
from .comparison import SINGLE, Comparison, NotRun


def check_known_bug(case: Case, comparison: Comparison) -> None:
    """Compare the correct value, where it is one that ours gives."""
    if case.has("generated_logits_per_sample", "reference_logits"):
        _check_samples(case, comparison)
    elif case.has("generated", "reference") and case.output_key("correct_value"):
        sides = [Gaussian.of(case.array(name)) for name in ("generated", "reference")]
        found = frechet_distance(sides[0], sides[1]).value
        comparison.near("correct_value", found, case.tolerance(default=Tolerance(1e-9, 1e-9)))
    else:
        raise NotRun("a tool's defect, without a value of ours beside it")
    for name in case.outputs:
        comparison.omit(name, "the tool's defect")


def _check_samples(case: Case, comparison: Comparison) -> None:
    """Compare the divergence of several clips for one prompt: each, and their mean."""
    reference = case.array("reference_logits")
    values = [
        kl_divergence(logits, reference).value
        for logits in case.input("generated_logits_per_sample")
    ]
    near = case.tolerance(default=SINGLE)
    comparison.near("each", values, near)
    comparison.near("mean_over_samples", float(np.mean(values)), near)
