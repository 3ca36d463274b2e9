"""Another task than a benchmark's own that its rows are asked of, such as a training-free edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ...core.errors import ConfigError

OWN = "own"
"""Names the benchmark's own task."""

BETWEEN = "@"


@dataclass(frozen=True)
class Method:
    """What a benchmark's rows are asked of.

    Attributes:
        label: how tables and folders call it.
        task: a registered task that makes audio; `None`: the benchmark's own.
        settings: fields of its request, and of sampling, in place of the defaults.
    """

    label: str
    task: str | None
    settings: Mapping[str, Any] = field(default_factory=dict)


def parse_method(text: str) -> Method:
    """Return the method of ``NAME`` or ``NAME,KEY=VALUE,…``; values are read as YAML.

    Raises:
        ConfigError: for a text of another form.
    """
    name, *rest = [part.strip() for part in text.split(",")]
    settings = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or not key.isidentifier():
            raise ConfigError(
                f"Got the method '{text}'; expected NAME or NAME,KEY=VALUE, like "
                "sdedit,t_start=0.55."
            )
        settings[key] = yaml.safe_load(value)
    if not name or "/" in text or BETWEEN in text:
        raise ConfigError(f"Got the method '{text}'; expected the name of a task, like sdedit.")
    return Method(",".join([name, *rest]), None if name == OWN else name, settings)


def folder_name(benchmark: str, method: str | None) -> str:
    """Return the name of the folder with what a method made of a benchmark's rows."""
    return benchmark if method is None else f"{benchmark}{BETWEEN}{method}"
