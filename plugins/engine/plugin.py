"""Registers the solvers, the manifest source and the recipes beside this file."""

from __future__ import annotations

from pathlib import Path

from ...core.data.manifest_options import ManifestOptions
from ...core.hookspecs import hookimpl
from ...core.specs import SolverSpec, SourceSpec

RECIPES = Path(__file__).resolve().parent / "recipes"
SOLVERS = "audio_omni.core.flow.solvers"


@hookimpl
def register_solvers() -> list[SolverSpec]:
    """Return the fixed-step solvers."""
    return [
        SolverSpec(
            name="euler",
            summary="First order; what the released model uses.",
            factory=f"{SOLVERS}:Euler",
        ),
        SolverSpec(
            name="midpoint",
            summary="Second order, by the velocity in the middle of the step.",
            factory=f"{SOLVERS}:Midpoint",
            evaluations_per_step=2,
        ),
        SolverSpec(
            name="heun",
            summary="Second order, by the mean of the velocities at both ends of the step.",
            factory=f"{SOLVERS}:Heun",
            evaluations_per_step=2,
        ),
        SolverSpec(
            name="ab2",
            summary="Second order at one evaluation per step, by the velocity of the step before.",
            factory=f"{SOLVERS}:AdamsBashforth2",
        ),
    ]


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return the source that reads manifests."""
    return [
        SourceSpec(
            name="manifest",
            summary="Rows of a JSON-lines manifest, with audio files beside it.",
            factory="audio_omni.core.data.manifest:ManifestSource",
            config=ManifestOptions,
        )
    ]


@hookimpl
def register_recipes() -> list[Path]:
    """Return the recipe files that come with audio-omni."""
    return sorted(RECIPES.glob("*.yaml"))
