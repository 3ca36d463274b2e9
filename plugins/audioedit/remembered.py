"""What ``dataset.yaml`` keeps of the runs before: with what they were made, what was redone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.recipe import read_recipe_file

REDONE, EARLIER = "redone", "earlier"
MAKERS = ("tools", "git")
"""Fields that tell with what the latest run worked."""


def read_redone(path: Path) -> dict[str, int]:
    """Return stage → how often it was asked for anew; nothing if the file is not there yet."""
    found: dict[str, int] = read_recipe_file(path).get(REDONE, {}) if path.is_file() else {}
    return found


def earlier_makers(path: Path, now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all other tools and commits that runs before worked with, the first one first.

    Args:
        path: of ``dataset.yaml``, which may not be there yet.
        now: fields of this run; those of `MAKERS` are compared.
    """
    if not path.is_file():
        return []
    values = read_recipe_file(path)
    before = [*values.get(EARLIER, []), _makers(values)]
    found: list[dict[str, Any]] = []
    for makers in before:
        if makers != _makers(now) and makers not in found:
            found.append(makers)
    return found


def _makers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in MAKERS if name in values}
