"""What `bench train` found, as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingReport:
    """What a step of a training costs.

    Attributes:
        recipe: its name.
        steps: steps that were measured, after those of the warm-up.
        device: where, in words.
        threads: of torch on the CPU.
        clock: what seconds are, ``"wall"`` or ``"processor"``: those of all threads together.
        batch_size: examples of a step.
        step_seconds: median over the steps, all processes' waiting included.
        examples_per_s: over all steps that were measured.
        frames_per_s: latent frames, without padding, likewise.
        padding: share of the computed frames that is padding, mean over steps.
        seconds: section of a step to its seconds, mean over steps; ``"other"`` is the rest.
        flop_per_step: operations of all matrix products of one step, counted while it ran.
        utilisation: these per second, over the stated peak; `None` without one.
        peak_memory_bytes: see `PeakMemory`; `None` where it cannot be told.
    """

    recipe: str
    steps: int
    device: str
    threads: int
    clock: str
    batch_size: int
    step_seconds: float
    examples_per_s: float
    frames_per_s: float
    padding: float
    seconds: Mapping[str, float]
    flop_per_step: float
    utilisation: float | None
    peak_memory_bytes: int | None

    @property
    def waiting(self) -> float:
        """Return the share of a step that waits for data."""
        return self.seconds.get("data", 0.0) / max(sum(self.seconds.values()), 1e-9)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "waiting": self.waiting}
