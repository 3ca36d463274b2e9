"""Recipes of checkpoints that bring a frozen network along, and what a resume makes of them.

The recipe of a run names where the network came from; that of its checkpoints names their own
copy. A resume goes on with the copy: the file or run of that name may be gone, or another by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..models.assets import PREFIX, is_asset, resolve_assets
from ..models.brought_along import BroughtAlong
from ..recipe import Recipe
from .checkpoint import SUFFIX, LoadedCheckpoint

ORIGINS = "brought_along"
"""Key of a checkpoint's state: dotted name of an option → what the run's recipe says there."""


def brings_along(recipe: Recipe, luggage: Sequence[BroughtAlong]) -> Recipe:
    """Return the recipe as a checkpoint holds it: options name its own copies."""
    return _with_options(recipe, {part.key: part.reference for part in luggage})


def origins(recipe: Recipe, luggage: Sequence[BroughtAlong]) -> dict[str, str]:
    """Return where the networks came from, as the recipe says, by dotted name of the option."""
    values = recipe.model_dump(mode="json")
    return {part.key: str(_at(values, part.key)) for part in luggage}


def as_named(recipe: Recipe, checkpoint: LoadedCheckpoint) -> Recipe:
    """Return a recipe in which a checkpoint's own copies have the names that the run gave them.

    So a resume with the recipe that lies beside the checkpoint is one with the run's.
    """
    values = recipe.model_dump(mode="json")
    named = _origins_of(checkpoint)
    return _with_options(recipe, {k: v for k, v in named.items() if is_asset(_at(values, k))})


def saved_values(checkpoint: LoadedCheckpoint) -> dict[str, Any]:
    """Return the plain recipe of a checkpoint's run, as the run was given it."""
    values: dict[str, Any] = checkpoint.recipe
    for key, origin in _origins_of(checkpoint).items():
        _set(values, key, origin)
    return values


def with_copies(recipe: Recipe, checkpoint: LoadedCheckpoint) -> Recipe:
    """Return the recipe with the paths of the checkpoint's copies, to build the model from.

    Raises:
        CheckpointError: if a copy is missing or damaged.
    """
    check_copies(checkpoint)
    copies = {key: _at(checkpoint.recipe, key) for key in _origins_of(checkpoint)}
    return _with_options(recipe, resolve_assets(copies, checkpoint.path))


def check_copies(checkpoint: LoadedCheckpoint) -> None:
    """Read what a checkpoint brought along once, to see that it is what was saved.

    Raises:
        CheckpointError: if a copy is missing or damaged.
    """
    for key in _origins_of(checkpoint):
        reference = str(_at(checkpoint.recipe, key))
        checkpoint.tensors(reference.removeprefix(PREFIX).removesuffix(SUFFIX))


def _origins_of(checkpoint: LoadedCheckpoint) -> Mapping[str, str]:
    found: Mapping[str, str] = checkpoint.state.get(ORIGINS, {})
    return found


def _with_options(recipe: Recipe, options: Mapping[str, str]) -> Recipe:
    if not options:
        return recipe
    values = recipe.model_dump(mode="json")
    for key, value in options.items():
        _set(values, key, value)
    return Recipe.model_validate(values)


def _at(values: Any, key: str) -> Any:
    """Return a nested value, or `None` where there is none."""
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _set(values: Any, key: str, value: Any) -> None:
    *path, last = key.split(".")
    for part in path:
        values = values.setdefault(part, {})
    values[last] = value
