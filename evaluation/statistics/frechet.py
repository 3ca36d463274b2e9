"""The Fréchet distance of two sets of embeddings (FAD, FD), exact whatever their rank.

d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½, with ddof 1. The last trace is a nuclear norm
where the rows are at hand, and a sum of square roots of eigenvalues where only moments are.

Source: Dowson & Landau 1982, eq. 4; Heusel et al. 2017, eq. 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...core.errors import DataError
from .gaussian import Gaussian
from .rows import Rows

RANK_DEFICIENT = "rank_deficient"
"""A side has no more embeddings than dimensions, so that its covariance is singular."""

SMALL_SAMPLE = "small_sample"
"""A side has fewer than 20 embeddings a dimension: its number alone moves the value."""

SMALL_SAMPLE_ROWS = 20
NEGATIVE_SHARE = 1e-6
EPSILON = 2.2e-16


@dataclass(frozen=True)
class FrechetDistance:
    """A distance and what it is made of.

    Attributes:
        value: d², never negative.
        mean_term: ‖μ₁ − μ₂‖².
        trace_generated: tr Σ₁.
        trace_reference: tr Σ₂.
        trace_sqrt_product: tr (Σ₁Σ₂)^½.
        n_generated: embeddings.
        n_reference: embeddings.
        flags: `RANK_DEFICIENT`, `SMALL_SAMPLE`, both or none.
    """

    value: float
    mean_term: float
    trace_generated: float
    trace_reference: float
    trace_sqrt_product: float
    n_generated: int
    n_reference: int
    flags: tuple[str, ...]


def frechet_distance(generated: Gaussian, reference: Gaussian) -> FrechetDistance:
    """Return the distance of two sets, symmetric, 0 for a set and itself.

    Raises:
        DataError: for fewer than two embeddings on a side, unlike widths, or a value that is
            negative by more than rounding.
    """
    check_comparable(generated, reference)
    first, second = generated.rows, reference.rows
    if first is not None and second is not None:
        root = trace_sqrt_of_rows(first, second)
    else:
        root = trace_sqrt_of_moments(generated.covariance(), reference.covariance())
    return _assemble(generated, reference, root)


def frechet_by_moments(generated: Gaussian, reference: Gaussian) -> FrechetDistance:
    """Return what `frechet_distance` does, from means and covariances even where rows are kept."""
    check_comparable(generated, reference)
    root = trace_sqrt_of_moments(generated.covariance(), reference.covariance())
    return _assemble(generated, reference, root)


def trace_sqrt_of_rows(first: Rows, second: Rows) -> float:
    """Return tr (Σ₁Σ₂)^½ of (N₁, D) and (N₂, D): the nuclear norm of A Bᵀ.

    A and B are the centred rows over √(N − 1), so AᵀA = Σ₁ and BᵀB = Σ₂.
    """
    return float(np.linalg.svd(_factor(first) @ _factor(second).T, compute_uv=False).sum())


def trace_sqrt_of_moments(first: Rows, second: Rows) -> float:
    """Return tr (Σ₁Σ₂)^½ of two covariances (D, D) by the symmetric route.

    R = Σ₁^½, then the roots of the eigenvalues of R Σ₂ R. In both steps an eigenvalue below
    D · 2.2e-16 of the greatest is 0: a root would turn 1e-16 of rounding into 1e-8. What is
    truly there and as small is lost with it, so a covariance of full rank but bad condition may
    cost 1e-8 of the traces; rows cost nothing.
    """
    root = covariance_root(first)
    product = root @ second @ root
    values = np.asarray(np.linalg.eigvalsh((product + product.T) / 2.0), dtype=np.float64)
    return float(np.sqrt(_thresholded(values)).sum())


def covariance_root(covariance: Rows) -> Rows:
    """Return the symmetric root (D, D) of a covariance, its rounding set to zero."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    return (vectors * np.sqrt(_thresholded(values))) @ vectors.T


def check_comparable(generated: Gaussian, reference: Gaussian) -> None:
    """Raise where no Fréchet distance exists.

    Raises:
        DataError: for unlike widths, or fewer than two embeddings on a side.
    """
    if generated.width != reference.width:
        raise DataError(
            f"Got generated embeddings of width {generated.width} and reference embeddings of "
            f"width {reference.width}; expected those of one network."
        )
    for side, found in (("generated", generated), ("reference", reference)):
        if found.count < 2:
            raise DataError(
                f"Got {found.count} {side} embeddings; a Fréchet distance needs at least 2 to "
                "have a covariance. Measure more clips, or clips long enough to give an embedding."
            )


def _assemble(generated: Gaussian, reference: Gaussian, root: float) -> FrechetDistance:
    mean_term = float(np.square(generated.mean() - reference.mean()).sum())
    traces = (generated.trace(), reference.trace())
    return FrechetDistance(
        value=clipped(mean_term + sum(traces) - 2.0 * root, scale=sum(traces)),
        mean_term=mean_term,
        trace_generated=traces[0],
        trace_reference=traces[1],
        trace_sqrt_product=root,
        n_generated=generated.count,
        n_reference=reference.count,
        flags=_flags(min(generated.count, reference.count), generated.width),
    )


def clipped(value: float, scale: float) -> float:
    """Return a distance that rounding made negative as 0.

    Raises:
        DataError: if it is below −1e-6 of the traces, which rounding does not explain.
    """
    if value >= 0.0:
        return value
    if not value >= -NEGATIVE_SHARE * scale:
        raise DataError(
            f"A Fréchet distance came out as {value:.3g} with traces of {scale:.3g}; expected at "
            "least 0. The embeddings are too large or too unlike in scale for float64."
        )
    return 0.0


def _flags(fewest: int, width: int) -> tuple[str, ...]:
    flags = []
    if fewest <= width:
        flags.append(RANK_DEFICIENT)
    if fewest < SMALL_SAMPLE_ROWS * width:
        flags.append(SMALL_SAMPLE)
    return tuple(flags)


def _factor(rows: Rows) -> Rows:
    return (rows - rows.mean(axis=0)) / math.sqrt(len(rows) - 1)


def _thresholded(values: Rows) -> Rows:
    least = max(float(values.max()), 0.0) * values.size * EPSILON
    return np.where(values > least, values, 0.0)
