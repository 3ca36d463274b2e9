"""A training that something is then made of: it goes on where it was stopped, and must end."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ...core.catalog import Catalog
from ...core.cli.progress import TrainingProgress
from ...core.errors import TrainingError
from ...core.recipe import Recipe
from ...core.training.checkpoint import latest_checkpoint
from ...core.training.outcome import TrainOutcome
from ...core.training.session import train


def train_to_the_end(
    recipe: Recipe, catalog: Catalog, run_dir: Path, *, device: str, console: Console
) -> TrainOutcome:
    """Train as a recipe says, or go on with the run in ``run_dir``.

    Raises:
        TrainingError: if a signal stopped it: what half a run can do is no result.
    """
    with TrainingProgress(console) as progress:
        outcome = train(
            recipe,
            catalog,
            run_dir,
            resume=latest_checkpoint(run_dir) is not None,
            device=device,
            observers=[progress],
            on_pool=progress.on_pool,
        )
    if outcome.status != "finished":
        raise TrainingError(
            f"The training of '{recipe.name}' was {outcome.status} at step {outcome.step} and is "
            f"saved in {run_dir}; nothing was measured. The same command goes on."
        )
    return outcome
