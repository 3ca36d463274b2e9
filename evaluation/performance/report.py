"""What `bench generate` found, as records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class PathReport:
    """What one way of computing costs.

    Attributes:
        path: ``"fast"`` or ``"naive"``.
        step_seconds: median over the steps.
        step_seconds_min: the fastest step.
        prepare_seconds: once per clip, before the steps.
        clip_seconds: preparation and all steps, without conditioners and codec.
        flop_per_step: operations of the matrix products.
        peak_memory_bytes: after the first step: of the process on a CPU, of the allocator on CUDA;
            `None` where it cannot be told.
        utilisation: operations that are *needed* per second, over the stated peak; `None` without.
    """

    path: Literal["fast", "naive"]
    step_seconds: float
    step_seconds_min: float
    prepare_seconds: float
    clip_seconds: float
    flop_per_step: float
    peak_memory_bytes: int | None
    utilisation: float | None


@dataclass(frozen=True)
class GenerateReport:
    """What was measured.

    Attributes:
        preset: name of the shape.
        steps: Euler steps that were taken; nothing is extrapolated.
        device: where, in words.
        threads: of torch on the CPU.
        execution: how the fast path ran.
        paths: one report per path.
        speedup: naive over fast, medians of a step; `None` without the naive path.
        speedup_min: the same of the fastest steps.
        largest_difference: of the final latents, relative to the largest; `None` likewise.
    """

    preset: str
    steps: int
    device: str
    threads: int
    execution: dict[str, Any]
    paths: list[PathReport]
    speedup: float | None = None
    speedup_min: float | None = None
    largest_difference: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)
