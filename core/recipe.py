"""A recipe: one YAML file that says all there is to say about a run.

The settings of each part live beside the part: `core.models.config`, `core.data.config`,
`core.training.config`, `core.flow.config`. This module joins them, reads files and applies
``--set`` overrides. The resolved recipe is saved in every checkpoint and logged with every run.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from .config import Config, parse_config
from .data.config import LoaderConfig, MixtureConfig
from .errors import ConfigError, suggestion
from .flow.config import SamplingConfig
from .models.config import ModelConfig
from .training.config import EvaluationConfig, TrackingConfig, TrainConfig


class Recipe(Config):
    """A complete description of a training run."""

    name: str = Field(description="Name of the run in tracking.")
    seed: int = Field(
        default=0, ge=0, lt=2**32, description="Decides weights, data order and noise."
    )
    model: ModelConfig = Field(description="What is trained.")
    mixture: MixtureConfig = Field(description="What it learns from.")
    loader: LoaderConfig = Field(default=LoaderConfig(), description="How rows become batches.")
    train: TrainConfig = Field(description="How it is trained.")
    sampling: SamplingConfig = Field(
        default=SamplingConfig(), description="How it generates, unless a request says otherwise."
    )
    evaluation: EvaluationConfig = Field(
        default=EvaluationConfig(), description="What is generated and measured during training."
    )
    tracking: TrackingConfig = Field(
        default=TrackingConfig(), description="Where the run is recorded."
    )


class SavedModel(Config):
    """What of a recipe a model needs to generate; an imported model has no more than this."""

    name: str = Field(description="Name of the model.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Decides weights that are drawn.")
    model: ModelConfig = Field(description="What the model consists of.")
    sampling: SamplingConfig = Field(
        default=SamplingConfig(), description="How it generates, unless a request says otherwise."
    )


def parse_saved_model(values: Mapping[str, Any], *, where: str) -> SavedModel:
    """Return what a saved recipe says of its model, whatever it says of training.

    Raises:
        ConfigError: for a field that is unknown, missing or wrong.
    """
    wanted = {key: value for key, value in values.items() if key in SavedModel.model_fields}
    return parse_config(SavedModel, wanted, where=where)


def read_recipe_file(path: Path) -> dict[str, Any]:
    """Return the raw values of a recipe, or another configuration, in YAML.

    Raises:
        ConfigError: if the file is missing, is not UTF-8 YAML, or is not a mapping.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file; expected a YAML file. Check the path.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as failure:
        raise ConfigError(f"{path} is not valid YAML in UTF-8: {failure}") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds {type(values).__name__}; expected a mapping.")
    return values


def find_recipe(name: str, known: Mapping[str, Path]) -> dict[str, Any]:
    """Return the raw values of a recipe file, or of a registered recipe by its name.

    Raises:
        ConfigError: if there is neither; lists close matches.
    """
    if name in known:
        return read_recipe_file(known[name])
    path = Path(name)
    if path.is_file() or path.suffix in {".yaml", ".yml"}:
        return read_recipe_file(path)
    raise ConfigError(
        f"Unknown recipe '{name}': no such file, and no built-in recipe of that name."
        f"{suggestion(name, known)} Built in: {', '.join(sorted(known))}."
    )


def resolve_recipe(
    values: Mapping[str, Any], overrides: Sequence[str] = (), *, where: str = "Recipe"
) -> Recipe:
    """Return the validated recipe.

    Args:
        values: raw values. ``model.preset`` names a preset that the other model values refine.
        overrides: ``"train.steps=100"``, applied in order; the value is read as YAML.
        where: opens error messages.

    Raises:
        ConfigError: for an unknown field (with close matches), a wrong value, or an override
            that is not ``key=value``.
    """
    from .models.presets import expand_preset

    merged = overridden(values, overrides)
    if isinstance(merged.get("model"), dict):
        merged["model"] = expand_preset(merged["model"])
    return parse_config(Recipe, merged, where=where)


def overridden(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return raw values with others in their place; the given ones stay as they are.

    Raises:
        ConfigError: for an override that is not ``key=value``, or does not fit into the values.
    """
    merged = copy.deepcopy(dict(values))
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator or not all(key.split(".")):
            raise ConfigError(f"Override '{override}' is not key=value, like train.steps=100.")
        _assign(merged, key.split("."), _yaml_value(text, override), override)
    return merged


def dump_recipe(recipe: Recipe | SavedModel) -> str:
    """Return a recipe as YAML that `resolve_recipe` reads back to an equal recipe."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _yaml_value(text: str, override: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as failure:
        problem = getattr(failure, "problem", None) or failure
        raise ConfigError(
            f"Override '{override}': the value is not valid YAML ({problem}); expected a number, "
            "a word, or a list like [a, b]."
        ) from None


def _assign(values: dict[str, Any], path: list[str], value: Any, override: str) -> None:
    """Set a nested value; a number in the path indexes a list."""
    node: Any = values
    for part in path[:-1]:
        if isinstance(node, list):
            node = node[_index(part, node, override)]
        else:
            node = node.setdefault(part, {})
        if not isinstance(node, dict | list):
            raise ConfigError(f"Override '{override}': '{part}' is a value, not a group.")
    if isinstance(node, list):
        node[_index(path[-1], node, override)] = value
    else:
        node[path[-1]] = value


def _index(part: str, node: list[Any], override: str) -> int:
    if not part.isdigit() or int(part) >= len(node):
        raise ConfigError(
            f"Override '{override}': '{part}' is not an index of a list of {len(node)}."
        )
    return int(part)
