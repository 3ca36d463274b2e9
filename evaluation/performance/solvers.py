"""How far every solver ends from the exact solution, at equal numbers of network evaluations.

The exact solution is stood for by many steps of a second-order method. Shapes: C channels,
T frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ...core.catalog import Catalog
from ...core.config import Config
from .solver_cases import golden_sampler, model_sampler

REFERENCE_SOLVER = "heun"


class SolverOptions(Config):
    """What to measure on: a trained run, or the tiny model of the goldens."""

    model: Path | None = Field(default=None, description="Folder of a run or checkpoint.")
    goldens: Path | None = Field(default=None, description="Folder of the goldens.")
    evaluations: tuple[int, ...] = Field(
        default=(10, 20, 30, 50, 100), description="Network evaluations per clip."
    )
    reference_steps: int = Field(default=1000, gt=0, description="Steps of the reference.")
    clips: int = Field(default=4, gt=0, description="Clips, of each task with a trained run.")
    guidance_scale: float | None = Field(
        default=None, ge=0, description="Left out: the run's own; 6 with the goldens."
    )
    device: str = Field(default="auto", description="auto, cpu or cuda.")

    @model_validator(mode="after")
    def _one_of_both(self) -> SolverOptions:
        if (self.model is None) == (self.goldens is None):
            raise ValueError("give either a model or the folder of the goldens")
        if any(count < 1 for count in self.evaluations) or not self.evaluations:
            raise ValueError("numbers of evaluations must be above 0")
        return self


@dataclass(frozen=True)
class SolverRow:
    """One solver at one cost.

    Attributes:
        solver: its name.
        evaluations: of the network, per clip.
        steps: that cost them.
        error: root mean square of the difference from the reference, over that of the reference;
            mean over the clips. `None` if a step of the solver does not divide the evaluations.
    """

    solver: str
    evaluations: int
    steps: int | None
    error: float | None


@dataclass(frozen=True)
class SolverReport:
    """What was measured.

    Attributes:
        measured_on: the run or the goldens.
        clips: how many.
        guidance_scale: of all of them.
        reference: solver and steps that stand for the exact solution.
        rows: by solver, then by evaluations.
    """

    measured_on: str
    clips: int
    guidance_scale: float
    reference: str
    rows: list[SolverRow]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    def best(self) -> dict[int, str]:
        """Return the most exact solver for every number of evaluations."""
        found: dict[int, SolverRow] = {}
        for row in self.rows:
            known = found.get(row.evaluations)
            if row.error is not None and (known is None or row.error < (known.error or 0)):
                found[row.evaluations] = row
        return {evaluations: row.solver for evaluations, row in found.items()}


@torch.no_grad()
def measure_solvers(
    options: SolverOptions, catalog: Catalog, on_run: Callable[[str], None] | None = None
) -> SolverReport:
    """Return the error of every registered solver at every number of evaluations.

    Args:
        options: what to measure on.
        catalog: whose solvers are measured.
        on_run: told in words what starts.

    Raises:
        DataError: if the goldens are not there, or a run keeps no rows back.
        CheckpointError: if there is no sound checkpoint.
    """
    say = on_run or (lambda _what: None)
    if options.goldens is not None:
        sampler = golden_sampler(
            options.goldens, catalog, options.clips, options.guidance_scale, options.device
        )
    else:
        assert options.model is not None  # noqa: S101 - the options see to it
        sampler = model_sampler(
            options.model, catalog, options.clips, options.guidance_scale, options.device
        )
    say(f"reference: {options.reference_steps} steps of {REFERENCE_SOLVER}")
    reference = sampler.sample(REFERENCE_SOLVER, options.reference_steps)
    rows = []
    for spec in catalog.solvers:
        for evaluations in options.evaluations:
            say(f"{spec.name}: {evaluations} evaluations")
            steps, left_over = divmod(evaluations, spec.evaluations_per_step)
            if left_over or not steps:
                rows.append(SolverRow(spec.name, evaluations, None, None))
                continue
            error = relative_error(sampler.sample(spec.name, steps), reference)
            rows.append(SolverRow(spec.name, evaluations, steps, error))
    return SolverReport(
        measured_on=sampler.name,
        clips=len(reference),
        guidance_scale=sampler.guidance_scale,
        reference=f"{REFERENCE_SOLVER}, {options.reference_steps} steps",
        rows=rows,
    )


def relative_error(latents: Sequence[Tensor], reference: Sequence[Tensor]) -> float:
    """Return the relative root-mean-square error, mean over clips (C, T)."""
    errors = [
        float((got.double() - wanted.double()).norm() / wanted.double().norm())
        for got, wanted in zip(latents, reference, strict=True)
    ]
    return sum(errors) / len(errors)
