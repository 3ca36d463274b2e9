"""Names and values in the shape that MLflow accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 250
LONGEST_VALUE = 6000
_REFUSED = re.compile(r"[^A-Za-z0-9_\-. :/]")


def allowed_name(name: str) -> str:
    """Return a name of a metric, parameter or image that MLflow takes.

    Refused characters become ``_``, and so do parts of a path that would leave it.
    """
    parts = _REFUSED.sub("_", name).split("/")
    kept = [part if part.strip(". ") else "_" * max(1, len(part)) for part in parts]
    return "/".join(kept)[:LONGEST_NAME]


def file_name(name: str) -> str:
    """Return a name that is one part of a path."""
    return re.sub(r"[^A-Za-z0-9_\-.]", "_", name).lstrip(".")[:100] or "_"


def flatten(values: Any, prefix: str = "") -> dict[str, str]:
    """Return nested values as dotted keys with text: ``{"train.steps": "20"}``."""
    items: Any = None
    if isinstance(values, Mapping) and values:
        items = values.items()
    elif isinstance(values, list | tuple) and values:
        items = enumerate(values)
    if items is None:
        text = values if isinstance(values, str) else json.dumps(values)
        return {allowed_name(prefix): text[:LONGEST_VALUE]}
    flat: dict[str, str] = {}
    for key, value in items:
        flat |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
    return flat
