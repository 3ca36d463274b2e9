"""Kernel distances of two sets of embeddings: KAD, and KID as the field draws it.

Unbiased, so that few clips give an honest value; all in float64.

Source: Chung et al. 2025, "KAD: No More FAD!", eq. 5; Bińkowski et al. 2018, "Demystifying MMD
GANs", sec. 4 (KID).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...core.errors import DataError
from .discrepancy import Discrepancy, Kernel, discrepancy
from .pairwise import median_distance, squared_distances
from .rows import Rows, as_rows

KernelName = Literal["gaussian", "inverse_quadratic", "inverse_multiquadric"]
KAD_SCALE = 100.0
BANDWIDTH_EPSILON = 1e-8
KID_SEED = 2020

_SHAPES: dict[KernelName, Callable[[Rows], Rows]] = {
    "gaussian": lambda scaled: np.exp(-scaled),
    "inverse_quadratic": lambda scaled: 1.0 / (1.0 + scaled),
    "inverse_multiquadric": lambda scaled: 1.0 / np.sqrt(1.0 + scaled),
}


def kernel_audio_distance(
    generated: ArrayLike,
    reference: ArrayLike,
    *,
    kernel: KernelName = "gaussian",
    bandwidth_of: Literal["reference", "generated"] = "reference",
    scale: float = KAD_SCALE,
    clips: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Discrepancy:
    """Return MMD² × ``scale`` of (N₁, D) and (N₂, D) embeddings.

    Args:
        generated: embeddings.
        reference: embeddings.
        kernel: of the distance over the bandwidth.
        bandwidth_of: whose median pairwise distance (the lower middle) is the bandwidth. kadtk's
            page says the reference's, its command takes the generated's.
        scale: 100, as kadtk prints it.
        clips: the clip of each generated and of each reference row, for the interval; left out:
            each row is a clip of its own.

    Raises:
        DataError: for fewer than two rows a side, a number that is not finite, or no bandwidth.
    """
    first = as_rows(generated, "generated embeddings", at_least=2)
    second = as_rows(reference, "reference embeddings", width=first.shape[1], at_least=2)
    bandwidth = median_distance(second if bandwidth_of == "reference" else first)
    return discrepancy(first, second, distance_kernel(kernel, bandwidth), scale=scale, clips=clips)


def distance_kernel(name: KernelName, bandwidth: float) -> Kernel:
    """Return a kernel of d² / (2σ² + 1e-8), 1 where two rows are equal.

    Raises:
        DataError: if the bandwidth is not above 0.
    """
    if not bandwidth > 0.0:
        raise DataError(
            f"Got a bandwidth of {bandwidth:g}; expected more than 0. Half of the pairs of rows "
            "that it was taken from are the same: look for repeated clips."
        )
    gamma, shape = 1.0 / (2.0 * bandwidth**2 + BANDWIDTH_EPSILON), _SHAPES[name]
    return lambda first, second: shape(squared_distances(first, second) * gamma)


def cubic_kernel(first: Rows, second: Rows) -> Rows:
    """Return (x·y / D + 1)³ of each pair."""
    return (first @ second.T / first.shape[1] + 1.0) ** 3


@dataclass(frozen=True)
class KernelInceptionDistance:
    """MMD² under the cubic kernel over random subsets.

    Attributes:
        value: mean over the subsets.
        std: over the subsets, with N in the denominator; no confidence interval.
    """

    value: float
    std: float


def kernel_inception_distance(
    generated: ArrayLike,
    reference: ArrayLike,
    *,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = KID_SEED,
) -> KernelInceptionDistance:
    """Return the KID of audioldm_eval and torch-fidelity, whose draws it repeats.

    Each subset takes ``subset_size`` rows of the generated set, then of the reference, without
    repetition, from NumPy's legacy generator.

    Raises:
        DataError: if a set has fewer rows than a subset, or a number is not finite.
    """
    first = as_rows(generated, "generated embeddings", at_least=2)
    second = as_rows(reference, "reference embeddings", width=first.shape[1], at_least=2)
    if not 2 <= subset_size <= min(len(first), len(second)) or subsets < 1:
        raise DataError(
            f"Got {len(first)} generated and {len(second)} reference embeddings for {subsets} "
            f"subsets of {subset_size}; expected subsets of 2 rows or more that both sets can fill."
        )
    generator = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        chosen = [rows[generator.choice(len(rows), subset_size, replace=False)]
                  for rows in (first, second)]
        values.append(discrepancy(chosen[0], chosen[1], cubic_kernel).value)
    return KernelInceptionDistance(float(np.mean(values)), float(np.std(values)))
