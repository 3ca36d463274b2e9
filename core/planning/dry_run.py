"""A run looked at before it starts: what is here, what is missing, what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..catalog import Catalog
from ..errors import AudioOmniError
from ..recipe import Recipe
from ..training.output import learned_output
from .options import PlanOptions, as_trained
from .plan import Plan, plan_run
from .readiness import Need, disk_need, needs_of
from .subject import subject_of

GIB = 2**30


@dataclass(frozen=True)
class DryRun:
    """What was found.

    Attributes:
        recipe: its name.
        needs: all of them, those that are here and those that are missing.
        plan: what it would cost on this machine; `None` where that cannot be counted.
        note: about the plan: which machine was taken, or why there is none.
    """

    recipe: str
    needs: list[Need]
    plan: Plan | None
    note: str

    @property
    def is_ready(self) -> bool:
        """Return whether nothing is missing."""
        return not any(need.is_missing for need in self.needs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "recipe": self.recipe,
            "ready": self.is_ready,
            "needs": [need.to_dict() for need in self.needs],
            "plan": None if self.plan is None else self.plan.to_dict(),
            "note": self.note,
        }


def dry_run(recipe: Recipe, catalog: Catalog, folder: Path) -> DryRun:
    """Return what a run would need and cost. Nothing is trained, fetched or loaded.

    Args:
        recipe: the resolved recipe.
        catalog: where plugins are looked up.
        folder: of the run; it is not made.

    Raises:
        UnknownNameError, ConfigError: for what no download would mend.
    """
    needs, sources = needs_of(recipe, catalog)
    if learned_output(recipe, catalog) == "text":
        return DryRun(recipe.name, needs, None, "A language model alone is trained: not counted.")
    machine, note = _machine()
    options = PlanOptions(**machine, **as_trained(recipe.train))
    try:
        plan = plan_run(subject_of(recipe, catalog, sources), options)
    except AudioOmniError as failure:
        if not any(need.is_missing for need in needs):
            raise
        return DryRun(recipe.name, needs, None, f"Cannot be counted yet: {failure}")
    return DryRun(recipe.name, [*needs, disk_need(plan, folder)], plan, note)


def _machine() -> tuple[dict[str, Any], str]:
    """Return the GPUs of this machine, or that one was imagined."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        assumed = PlanOptions()
        return {}, f"No GPU is here: {assumed.gpus} of {assumed.gpu_memory_gib:g} GiB is imagined."
    memory = min(torch.cuda.get_device_properties(i).total_memory for i in range(count))
    return {"gpus": count, "gpu_memory_gib": memory / GIB}, "The GPUs of this machine."
