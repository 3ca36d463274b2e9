"""What a saved model needs that lies outside its folder, and how it is told where that is.

Networks and vocabularies that are published elsewhere are named by a recipe, often below a folder
that an environment variable names, and are not copied into its checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..catalog import Catalog
from ..data.uri import expand
from ..errors import CheckpointError, ConfigError
from ..models.build import codec_options, conditioner_options
from ..models.config import ModelConfig
from ..models.hub import hub_problem
from ..models.weight_options import named_files
from ..recipe import overridden
from .resume import flatten

EXAMPLE = "model.codec.options.weights=FILE"
UNSET = "environment variable"


def located(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return a saved recipe with other options of its model's parts, such as where files are.

    Args:
        values: the recipe as it was saved.
        overrides: ``"model.conditioners.NAME.options.weights=FILE"``, applied in order.

    Raises:
        ConfigError: for an override of anything else: the rest decides what the weights mean.
    """
    for override in overrides:
        path = override.partition("=")[0].split(".")
        if path[0] != "model" or "options" not in path[2:-1]:
            raise ConfigError(
                f"Override '{override}' is not of an option of the model's codec or conditioners; "
                f"expected one such as {EXAMPLE}. What else a saved model consists of is decided."
            )
    return overridden(values, overrides)


def not_here(config: ModelConfig, catalog: Catalog, model: Path) -> CheckpointError | None:
    """Return the error of a model that names what is not here, all of it; `None` if all is here.

    Args:
        config: as it was saved.
        catalog: where its parts are looked up.
        model: its folder, for the message.
    """
    missing = list(_missing(config, catalog))
    if not missing:
        return None
    listed = "; ".join(f"{option}: {problem}" for option, problem in missing)
    variable = "Set the environment variable, or say" if UNSET in listed else "Say"
    option = missing[0][0]
    return CheckpointError(
        f"{model} was trained with files that it does not hold, and which are not here: {listed}. "
        f"{variable} where each is: `--set {option}=PATH` of `audio-omni run`, "
        f"`overrides=['{option}=PATH']` of `AudioOmni.from_pretrained`."
    )


def _missing(config: ModelConfig, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield dotted name of an option, and what is wrong with what it names."""
    codec = config.codec
    yield from _of_part("codec", codec.options, lambda: codec_options(codec, catalog))
    for name, use in config.conditioners.items():
        read = partial(conditioner_options, name, use, catalog)
        yield from _of_part(f"conditioners.{name}", use.options, read)


def _of_part(
    part: str, given: Mapping[str, Any], read: Callable[[], BaseModel]
) -> Iterator[tuple[str, str]]:
    """Yield what a part of the model misses.

    Args:
        part: its dotted name below ``model``.
        given: its options, as they were saved.
        read: returns them checked, if no variable in them is unset.
    """
    where = f"model.{part}.options"
    unset = list(_unset(given))
    if unset:
        yield from ((f"{where}.{name}", problem) for name, problem in unset)
        return
    options = read()
    for name, path in named_files(options):
        if not Path(path).expanduser().exists():
            yield f"{where}.{name}", f"there is nothing at {path}"
    model = getattr(options, "model", None)
    if isinstance(model, str) and not getattr(options, "download", False):
        own = getattr(options, "weights", None) is None
        problem = hub_problem(model, getattr(options, "revision", None), weights=own)
        if problem is not None:
            yield f"{where}.model", f"{model} ({problem}; `hf download` fetches it)"


def _unset(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in flatten(options).items():
        try:
            expand(value, "")
        except ConfigError as failure:
            said = str(failure).removeprefix(": ").partition(";")[0]
            yield name, f"{value} ({said})"
