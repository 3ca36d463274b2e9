"""Who labelled a data set: one labeller, unless another may go on where it has begun.

A labeller is a name and a fingerprint, which changes with its model and its prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ....core.errors import ConfigError
from ....core.recipe import read_recipe_file
from ..providers.contract import Labeler
from ..records import ToolUse
from .tools import Used, prompts, tool_uses

Labeller = list[str]
"""Name and fingerprint."""

FIELD = "labellers"
"""Of ``dataset.yaml``: all of them, the first one first."""

LABELLED_BY = "labelled_by"
"""Of an item: who labelled it."""


def read_labellers(path: Path) -> list[Labeller]:
    """Return who labelled a folder, from its ``dataset.yaml``; nobody if there is none yet."""
    if not path.is_file():
        return []
    found: list[Labeller] = read_recipe_file(path).get(FIELD, [])
    return found


def joined(
    before: Sequence[Labeller], labeller: Labeller | None, *, allow_mixed: bool, where: Path
) -> list[Labeller]:
    """Return all labellers of a folder.

    Args:
        before: who labelled it before.
        labeller: who does now; `None` where there is no real branch.
        allow_mixed: whether there may be several.
        where: the folder, for messages.

    Raises:
        ConfigError: if there would be several, and may not; names them.
    """
    every = list(before)
    if labeller is not None and labeller not in every:
        every.append(labeller)
    if len(every) > 1 and not allow_mixed:
        names = " and ".join(f"{name} ({mark[:8]})" for name, mark in every)
        raise ConfigError(
            f"{where} would have labels of {names}; expected those of one labeller, for two hear "
            "different things. Choose the first again, begin another folder, or let them mix: "
            "real.allow_mixed=true; each pair then tells whose label it has."
        )
    return every


def signed(name: str, labeler: Labeler, version: str) -> dict[str, Any]:
    """Return what an item keeps of who labelled it."""
    used: Used = [("label", name, labeler)]
    (tool,) = tool_uses(used, {"label": version})
    return {**tool.model_dump(mode="json", exclude_none=True), "prompts": prompts(used)}


def signature(item: Mapping[str, Any]) -> tuple[ToolUse, dict[str, str]]:
    """Return the tool that labelled an item, and the hashes of what it was asked with."""
    kept = dict(item[LABELLED_BY])
    asked = kept.pop("prompts")
    return ToolUse.model_validate(kept), asked
