"""What can be known to fail is said before the first step, not after the last one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from ..catalog import Catalog
from ..errors import ConfigError
from ..recipe import Recipe
from .run_facts import pick_device


def check_names(recipe: Recipe, catalog: Catalog, device: str) -> torch.device:
    """Return the device of a run, once every name that it will look up later is known.

    Sources, codec and conditioners are opened before the first step and need no check here; the
    solver and the metrics would only be looked up at the first samples.

    Raises:
        ConfigError: if the device is unknown or absent.
        UnknownNameError: for a task, solver or metric that no plugin registered.
    """
    for use in (*recipe.mixture.sources, *recipe.evaluation.sources):
        catalog.tasks.get(use.task)
    for metric in recipe.evaluation.metrics:
        catalog.metrics.get(metric)
    catalog.solvers.get(recipe.sampling.solver)
    return pick_device(device)


def claim_folder(run_dir: Path) -> None:
    """Make the folder of a run, and see that it can be written to: a first checkpoint is far off.

    Raises:
        ConfigError: if it is a file, lies in one, or cannot be written to.
    """
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=run_dir) as probe:
            probe.write(b"1")
            probe.flush()
    except OSError as failure:
        reason = "it is a file" if run_dir.is_file() else failure.strerror
        raise ConfigError(
            f"Cannot write into the run folder {run_dir}: {reason}. Expected a folder, or the name "
            "of a new one, on a disk with room."
        ) from None
