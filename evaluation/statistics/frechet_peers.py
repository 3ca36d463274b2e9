"""Fréchet distances as the field's tools compute them, to compare with their tables only.

Their means, and the distance of the means, are in the embeddings' own type. In single precision
that costs 1e-7 of the value, but 1e-3 of it for embeddings around 1e4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .frechet import clipped, frechet_distance
from .gaussian import Gaussian


def frechet_with_own_means(generated: ArrayLike, reference: ArrayLike) -> float:
    """Return the distance of (N₁, D) and (N₂, D) with ‖μ₁ − μ₂‖² in the rows' own type.

    As audioldm_eval, av-bench, fadtk, torch-fidelity and frechet_audio_distance; give float32.
    """
    sides = [Gaussian.of(rows) for rows in (generated, reference)]
    exact = frechet_distance(sides[0], sides[1])
    means = [np.asarray(rows).mean(axis=0) for rows in (generated, reference)]
    apart = means[0] - means[1]
    mean_term = float(apart @ apart)  # in that type as well
    traces = exact.trace_generated + exact.trace_reference
    return clipped(mean_term + traces - 2.0 * exact.trace_sqrt_product, scale=traces)


def frechet_through_float16(generated: ArrayLike, reference: ArrayLike) -> float:
    """Return the distance of embeddings that were stored in half precision, as fadtk's are."""
    first, second = (np.asarray(rows).astype(np.float16) for rows in (generated, reference))
    return frechet_with_own_means(first, second)
