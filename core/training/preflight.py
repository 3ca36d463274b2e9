"""What can be known to fail is said before the first step, not after the last one."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import torch

from ..catalog import Catalog
from ..config import parse_config
from ..errors import ConfigError, suggestion
from ..listening import EmbedderUse
from ..metric_use import MetricUseConfig
from ..recipe import Recipe
from .output import learned_output
from .run_facts import pick_device

logger = logging.getLogger("audio_omni.training")


def check_names(recipe: Recipe, catalog: Catalog, device: str) -> torch.device:
    """Return the device of a run, once every name that it will look up later is known.

    Sources, codec and conditioners are opened before the first step and need no check here; the
    solver and the metrics would only be looked up at the first samples.

    Raises:
        ConfigError: if the device is unknown or absent, the tasks do not go together, a metric or
            its options do not fit, or a plugin cannot do what the recipe asks of it.
        UnknownNameError: for a task, solver, metric or embedder that no plugin registered.
    """
    output = learned_output(recipe, catalog)
    for use in recipe.evaluation.metrics:
        _check_metric(use, output, catalog)
        _check_count(use, recipe, catalog)
    catalog.solvers.get(recipe.sampling.solver)
    for task in recipe.sampling.guidance_by_task:
        if catalog.tasks.get(task).name != task:
            raise ConfigError(
                f"sampling.guidance_by_task names '{task}', which is short for "
                f"'{catalog.tasks.get(task).name}'; expected the task's own name."
            )
    _warn_of_unknown_observers(recipe, catalog)
    catalog.check_recipe(recipe.model_dump(mode="json"))
    return pick_device(device)


def _check_metric(use: MetricUseConfig, output: str, catalog: Catalog) -> None:
    """Raise if a metric, its options or those of its network do not fit what is learned."""
    spec = catalog.metrics.get(use.name)
    if spec.output != output or output == "text":
        hint = (
            "A model that learns to answer is measured by exact_match alone: leave "
            "evaluation.metrics empty."
            if output == "text"
            else "See `audio-omni plugins list metrics`."
        )
        raise ConfigError(
            f"evaluation.metrics names '{use.name}', which measures {spec.output}; the tasks of "
            f"this recipe give {output}. {hint}"
        )
    where = f"Options of metric '{use.name}' in evaluation.metrics"
    config = parse_config(spec.config, use.options, where=where)
    network = getattr(config, "embedder", None)
    if isinstance(network, EmbedderUse):
        where = f"Options of embedder '{network.name}' in evaluation.metrics"
        parse_config(catalog.embedders.get(network.name).config, network.options, where=where)


def _check_count(use: MetricUseConfig, recipe: Recipe, catalog: Catalog) -> None:
    """Raise if a metric of sets would be handed single clips."""
    clips = recipe.evaluation.samples_per_task
    if catalog.metrics.get(use.name).scope == "set" and clips == 1:
        raise ConfigError(
            f"evaluation.metrics names '{use.name}', which measures sets, and "
            f"evaluation.samples_per_task is {clips}; expected at least 2. Raise it, or choose a "
            "metric of clips."
        )


def _warn_of_unknown_observers(recipe: Recipe, catalog: Catalog) -> None:
    """Tell of names that record nothing; no error, for a plugin may be left out on purpose."""
    known = catalog.observers()
    named = {
        "tracking.observers": recipe.tracking.observers,
        "tracking.options": recipe.tracking.options,
    }
    for field, names in named.items():
        for name in names:
            if name not in known:
                logger.warning(
                    "Nothing records this run as '%s' (%s): no plugin observes runs under that "
                    "name.%s Known: %s.",
                    name,
                    field,
                    suggestion(name, known),
                    ", ".join(known) or "none",
                )


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
