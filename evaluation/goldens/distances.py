"""Golden cases of distances between sets: Fréchet, its statistics, FAD-infinity and kernels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..statistics.frechet import (
    FrechetDistance,
    clipped,
    frechet_by_moments,
    frechet_distance,
)
from ..statistics.frechet_infinity import frechet_infinity, legacy_with_replacement
from ..statistics.frechet_peers import frechet_through_float16, frechet_with_own_means
from ..statistics.gaussian import Gaussian
from ..statistics.kernel import KernelName, kernel_audio_distance, kernel_inception_distance
from ..statistics.pairwise import median_distance
from .cases import Case, Tolerance, tool_failed
from .comparison import ROUNDING, Comparison

TOOLS = ("audioldm_eval", "av_bench", "frechet_audio_distance", "fadtk", "torch_fidelity")
"""Tools whose Fréchet distance differs from the exact one by the type of its means only."""

FLOAT16 = "float16"
PEER_SHARE = 2e-7
"""What their square roots of rank-deficient products are off by, of the traces."""


def check_frechet(case: Case, comparison: Comparison) -> None:
    """Compare the distance by both routes, its parts, and what tools make of the same rows."""
    rows = (case.array("generated"), case.array("reference"))
    sides = (Gaussian.of(rows[0]), Gaussian.of(rows[1]))
    exact, by_moments = frechet_distance(*sides), frechet_by_moments(*sides)
    traces = exact.trace_generated + exact.trace_reference
    tolerance = case.tolerance("recommended", default=Tolerance(1e-9, 1e-8 * traces))
    wanted = case.outputs.get("recommended")
    if isinstance(wanted, float):
        # Rounding below zero is no distance: ours is cut off there, and so is theirs.
        wanted = clipped(wanted, traces)
        for what, found in (("recommended", exact), ("recommended, by moments", by_moments)):
            comparison.numbers(what, found.value, wanted, tolerance)
        comparison.seen("recommended")
    comparison.near("mpmath_60_digits", exact.value, tolerance)
    _compare_parts(comparison, exact, tolerance)
    loose = Tolerance(1e-9, PEER_SHARE * traces)
    other_route = case.outputs.get("symmetric_eigh_float64")
    if other_route is not None:
        comparison.seen("symmetric_eigh_float64")
        comparison.numbers(
            "symmetric_eigh_float64", by_moments.value, max(other_route, 0.0), loose, of_tool=True
        )
    if isinstance(case.outputs.get("peers"), Mapping):
        comparison.seen("peers")
        _compare_peers(comparison, case.outputs["peers"], rows, loose)


def _compare_parts(comparison: Comparison, found: FrechetDistance, tolerance: Tolerance) -> None:
    parts = {
        "trace_sqrt_product": found.trace_sqrt_product,
        "mean_term": found.mean_term,
        "trace_1": found.trace_generated,
        "trace_2": found.trace_reference,
    }
    for name, value in parts.items():
        comparison.near(name, value, tolerance)


def _compare_peers(
    comparison: Comparison, peers: Mapping[str, Any], rows: tuple[Any, Any], loose: Tolerance
) -> None:
    as_tools = frechet_with_own_means(*rows)
    for name, value in peers.items():
        if tool_failed(value) or isinstance(value, Mapping) or value == -1.0:
            comparison.omitted.append(f"{name}: the tool failed, or changed its input")
        elif not name.startswith(TOOLS):
            comparison.omitted.append(f"{name}: rounding of its own")
        elif FLOAT16 in name:
            comparison.numbers(
                name, frechet_through_float16(*rows), max(value, 0.0), loose, of_tool=True
            )
        else:
            comparison.numbers(name, as_tools, max(value, 0.0), loose, of_tool=True)


def check_streaming(case: Case, comparison: Comparison) -> None:
    """Compare mean and covariance of merged chunks, whatever their order, with those of all."""
    rows = case.array("embeddings")
    lengths = [int(length) for length in comparison.setting("chunk_lengths", [len(rows)])]
    chunks = np.split(rows, np.cumsum(lengths)[:-1])
    for order in (chunks, chunks[::-1]):
        merged = Gaussian(rows.shape[1])
        for chunk in order:
            merged.merge(Gaussian.from_tensors(Gaussian.of(chunk).to_tensors()))
        _compare_moments(comparison, merged)
    comparison.omit("fadtk_online", "of single-precision means, and without clips of one row")
    comparison.omit("max_abs_error_of_naive", "of sums that ours never forms")


def _compare_moments(comparison: Comparison, found: Gaussian) -> None:
    near = comparison.case.tolerance
    comparison.near("mean", found.mean(), near("mean", default=ROUNDING))
    default = Tolerance(1e-9, 1e-9)
    comparison.near("cov_ddof1", found.covariance(), near("cov_ddof1", default=default))


def check_fad_inf(case: Case, comparison: Comparison) -> None:
    """Compare the line through distances of fadtk's draws."""
    reference = Gaussian.of(case.array("background"))
    found = frechet_infinity(
        case.array("eval"),
        reference,
        legacy_with_replacement(int(comparison.setting("numpy_legacy_seed"))),
        steps=int(comparison.setting("steps")),
        min_n=int(comparison.setting("min_n")),
    )
    tolerance = case.tolerance("fad_inf", default=Tolerance(1e-6, 1e-7))
    comparison.near("points", found.points, tolerance)
    comparison.near("fad_inf", found.value, tolerance)
    comparison.near("slope", found.slope, tolerance)
    comparison.near("r2", found.r2, tolerance)


KERNELS: dict[str, tuple[KernelName, str]] = {
    "kadtk_as_called_by_its_own_CLI": ("gaussian", "float32"),
    "kadtk_as_documented": ("gaussian", "float64"),
    "kadtk_float64_same_bandwidth_as_cli": ("gaussian", "float64"),
    "inverse_quadratic": ("inverse_quadratic", "float64"),
    "inverse_multiquadric": ("inverse_multiquadric", "float64"),
}
"""Kernel and tolerance of an output, by how its name begins."""


def check_kernels(case: Case, comparison: Comparison) -> None:
    """Compare the unbiased MMD² under every kernel and bandwidth, and KID over its subsets."""
    generated, reference = case.array("generated"), case.array("reference")
    near = {
        "float64": case.tolerance("float64", default=Tolerance(1e-6)),
        "float32": case.tolerance("float32", default=Tolerance(1e-3, 1e-3)),
    }
    scale = float(comparison.setting("scale_factor", 100))
    for name, (kernel, precision) in KERNELS.items():
        as_called = "cli" in name.lower()  # its command takes the generated set's bandwidth
        found = kernel_audio_distance(
            generated,
            reference,
            kernel=kernel,
            bandwidth_of="generated" if as_called else "reference",
            scale=scale,
        )
        comparison.near(name, found.value, near[precision])
    for side, rows in (("reference", reference), ("generated", generated)):
        median = median_distance(np.asarray(rows, dtype=np.float64))
        comparison.near(f"median_pairwise_distance_{side}", median, near["float64"])
    _compare_kid(comparison, generated, reference, near["float64"])


def _compare_kid(comparison: Comparison, generated: Any, reference: Any, near: Tolerance) -> None:
    name = comparison.case.output_key("kid_mean")
    drawn = re.search(r"(\d+) subsets of (\d+), seed (\d+)", name or "")
    if drawn is None:
        return
    subsets, size, seed = (int(number) for number in drawn.groups())
    found = kernel_inception_distance(
        generated, reference, subsets=subsets, subset_size=size, seed=seed
    )
    comparison.near("kid_mean", found.value, near)
    # A spread of single-precision values loses digits that their mean keeps.
    comparison.near("kid_std", found.std, Tolerance(1e-5, near.atol))
