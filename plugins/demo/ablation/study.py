"""A study: one recipe, varied in one respect, measured the same way each time."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from ....core.config import Config, parse_config
from ....core.data.config import SourceUseConfig
from ....core.errors import ConfigError, suggestion


class Variant(Config):
    """One setting of what is varied."""

    name: str = Field(description="What the table calls it.")
    set: list[str] = Field(description="Overrides of the recipe, like those of --set.")


class Column(Config):
    """One measurement of every variant."""

    title: str = Field(description="Head of the column.")
    task: str = Field(description="Name or alias of the task whose held-out rows are measured.")
    metric: str = Field(description="Name of one of the metrics that the demo takes of the task.")


class Study(Config):
    """A table: a variant a row, a measurement a column."""

    title: str = Field(description="What is asked.")
    paper: str | None = Field(
        default=None, description="The table of the paper that it follows, if it does."
    )
    recipe: str = Field(default="nano_full", description="Recipe that is varied.")
    sources: list[SourceUseConfig] = Field(
        min_length=1, description="What every variant learns, unless it says otherwise."
    )
    judged_on: list[SourceUseConfig] = Field(
        default_factory=list,
        description="Sources whose held-out rows are measured; left out: what is learned.",
    )
    steps: int = Field(default=3000, gt=0, description="Optimiser steps of every variant.")
    variants: list[Variant] = Field(min_length=2, description="The rows of the table.")
    input_row: bool = Field(
        default=False,
        description="Whether a last row measures the input of edits, copied in the model's place.",
    )
    columns: list[Column] = Field(min_length=1, description="The columns of the table.")


def studies() -> dict[str, Path]:
    """Return the built-in studies: name to file."""
    folder = Path(str(resources.files(__package__ or "")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_study(name: str) -> Study:
    """Return a built-in study by its name, or the one in a file.

    Raises:
        ConfigError: if there is neither, or it does not fit; lists close matches or fields.
    """
    known = studies()
    path = known.get(name, Path(name))
    if not path.is_file():
        raise ConfigError(
            f"Unknown study '{name}': no such file, and no built-in study of that name."
            f"{suggestion(name, known)} Built in: {', '.join(known)}."
        )
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as failure:
        raise ConfigError(f"Study {path} is not valid YAML in UTF-8: {failure}") from None
    if not isinstance(values, dict):
        raise ConfigError(f"Study {path} holds {type(values).__name__}; expected a mapping.")
    return parse_config(Study, values, where=f"Study {path}")
