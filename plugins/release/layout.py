"""Which tensor of the published checkpoint belongs to which component of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from .published_config import CONDITIONERS, PROMPT

T = TypeVar("T")

CONDITIONER_PREFIX = "conditioner.conditioners."
THINKER = "thinker"
THINKER_PREFIX = f"{CONDITIONER_PREFIX}{PROMPT}.model.thinker."
SYNCHFORMER = "synchformer"
SYNCHFORMER_PREFIX = "vfeat_extractor."


def prefix_of(conditioner: str) -> str:
    """Return what the names of a conditioner's tensors begin with in the checkpoint."""
    return f"{CONDITIONER_PREFIX}{conditioner}."


PREFIXES: dict[str, str] = {
    "dit": "model.model.",
    "codec": "pretransform.model.",
    **{f"conditioner-{name}": prefix_of(name) for name in CONDITIONERS},
    THINKER: THINKER_PREFIX,
}
"""Component of a saved model → what its names begin with; the longest that fits is meant."""


def component_of(key: str) -> tuple[str, str] | None:
    """Return the component of a published key, and its name there; `None` if it has none."""
    fitting = [(len(p), c) for c, p in PREFIXES.items() if key.startswith(p)]
    if not fitting:
        return None
    length, component = max(fitting)
    return component, key[length:]


def split(tensors: Mapping[str, T]) -> tuple[dict[str, dict[str, T]], list[str]]:
    """Return tensors by component and name, and the keys that belong to none."""
    parts: dict[str, dict[str, T]] = {component: {} for component in PREFIXES}
    strange = []
    for key, value in tensors.items():
        place = component_of(key)
        if place is None:
            strange.append(key)
        else:
            parts[place[0]][place[1]] = value
    return parts, strange
