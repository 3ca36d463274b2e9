"""From a checkpoint folder to a model that generates."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Catalog
from ..models.build import build_model
from ..pipeline import Pipeline
from ..recipe import Recipe, resolve_recipe
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .run_facts import pick_device
from .weights import load_weights


def saved_recipe(checkpoint: LoadedCheckpoint) -> Recipe:
    """Return the recipe that a checkpoint was trained with.

    Raises:
        CheckpointError: if it is damaged.
        ConfigError: if it does not fit this version; names the fields.
    """
    where = f"Recipe of checkpoint {checkpoint.path}"
    return resolve_recipe(checkpoint.recipe, where=where)


def restore_model(path: Path, catalog: Catalog, device: str = "auto") -> Pipeline:
    """Return a pipeline over the averaged (EMA) weights of a run or checkpoint folder.

    Args:
        path: the folder of a run (its latest checkpoint is taken) or of a checkpoint.
        catalog: where the model's plugins are looked up.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….

    Raises:
        CheckpointError: if there is no sound checkpoint.
        ConfigError: if the device is unknown or absent.
        UnknownNameError: if a plugin that the model needs is not installed.
    """
    target = pick_device(device)
    checkpoint = load_checkpoint(path)
    recipe = saved_recipe(checkpoint)
    model = build_model(recipe.model, catalog, recipe.seed)
    load_weights(model, checkpoint)
    provenance = {
        "recipe": recipe.name,
        "checkpoint": checkpoint.path.name,
        "checkpoint_sha256": checkpoint.digest,
        "step": checkpoint.step,
    }
    model = model.to(target).eval()
    return Pipeline(model, catalog, recipe.sampling, provenance)
