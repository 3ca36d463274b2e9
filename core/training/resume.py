"""Going on where a run stopped: from which checkpoint, and whether it is the same run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..recipe import Recipe
from .checkpoint import LoadedCheckpoint, latest_checkpoint, load_checkpoint
from .luggage import as_named, saved_values, with_copies

FREE_TO_CHANGE = (
    "name",
    "train",
    "sampling",
    "evaluation",
    "tracking",
    "loader.feature_cache",
    "loader.feature_cache_gb",
)
"""Parts of a recipe that may differ on a resume: they do not decide weights or data order."""

MUST_STAY = ("train.start_from", "train.parts")
"""What within them decides weights after all."""


ACCEPTABLE = ("mixture", "loader")
"""Parts that may differ where it is accepted: what is drawn from then on, not what was learned."""

logger = logging.getLogger("audio_omni.training")


def checkpoint_to_resume(
    recipe: Recipe, run_dir: Path, resume: bool, accept_changes: bool = False
) -> LoadedCheckpoint | None:
    """Return the checkpoint to go on from; a folder with a run in it is never written over.

    Args:
        recipe: of the run that is asked for.
        run_dir: its folder.
        resume: whether to go on; if not, there is nothing to go on from.
        accept_changes: whether mixture and loader may be others than they were.

    Raises:
        ConfigError: if the folder holds a run and is not to be resumed, or holds none and is; or
            if the recipe is not the one that the run was started with.
    """
    found = latest_checkpoint(run_dir)
    if not resume:
        if found is not None:
            raise ConfigError(
                f"{run_dir} holds a run already ({found.name}); add --resume to go on with it, or "
                "choose another folder."
            )
        return None
    if found is None:
        raise ConfigError(
            f"There is nothing to resume: {run_dir} holds no checkpoint. Check the folder's name, "
            "or leave out --resume to start the run."
        )
    checkpoint = load_checkpoint(found)
    _check_same_run(as_named(recipe, checkpoint), checkpoint, accept_changes)
    return checkpoint


def named_and_built(recipe: Recipe, checkpoint: LoadedCheckpoint | None) -> tuple[Recipe, Recipe]:
    """Return the recipe of the run, and the one with the files to build its model from."""
    if checkpoint is None:
        return recipe, recipe
    named = as_named(recipe, checkpoint)
    return named, with_copies(named, checkpoint)


def _check_same_run(recipe: Recipe, checkpoint: LoadedCheckpoint, accepts: bool) -> None:
    """Refuse a resume under which weights or data order would silently mean something else."""
    saved = flatten(saved_values(checkpoint))
    given = flatten(recipe.model_dump(mode="json"))
    differing = {
        key: f"{key}: {saved.get(key)!r} → {given.get(key)!r}"
        for key in sorted(saved.keys() | given.keys())
        if saved.get(key) != given.get(key) and not _may_change(key)
    }
    if not differing:
        return
    acceptable = all(key.partition(".")[0] in ACCEPTABLE for key in differing)
    listed = "; ".join(differing.values())
    if acceptable and accepts:
        logger.warning("Goes on with another recipe from step %d: %s.", checkpoint.step, listed)
        return
    ways = "add --accept-changes to go on with them, or " if acceptable else ""
    raise ConfigError(
        f"The recipe differs from that of {checkpoint.path}: {listed}. Only "
        f"{', '.join(FREE_TO_CHANGE)} may change on a resume (but not {', '.join(MUST_STAY)}); "
        f"{ways}start a new run instead."
    )


def _may_change(key: str) -> bool:
    if key.startswith(MUST_STAY):
        return False
    return bool({key, key.partition(".")[0]}.intersection(FREE_TO_CHANGE))


def flatten(values: Any, path: str = "") -> dict[str, Any]:
    """Return nested mappings and lists as one level of dotted keys."""
    if isinstance(values, Mapping):
        items: Iterable[tuple[Any, Any]] = values.items()
    elif isinstance(values, list):
        items = enumerate(values)
    else:
        return {path: values}
    flat: dict[str, Any] = {}
    for key, value in items:
        flat |= flatten(value, f"{path}.{key}" if path else str(key))
    return flat
