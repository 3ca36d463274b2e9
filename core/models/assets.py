"""Files that a saved model brings along, named in its config as ``asset:NAME``.

A vocabulary, a wording, the weights of a frozen network: they lie in the model's own folder, so
that the folder can be moved and copied as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CheckpointError

PREFIX = "asset:"


def asset(name: str) -> str:
    """Return the reference to a file of the model's own folder."""
    return f"{PREFIX}{name}"


def is_asset(value: Any) -> bool:
    """Tell whether a value refers to a file of the model's own folder."""
    return isinstance(value, str) and value.startswith(PREFIX)


def resolve_assets(value: Any, folder: Path) -> Any:
    """Return nested plain values with every ``asset:NAME`` replaced by the file's path.

    Raises:
        CheckpointError: if the folder lacks the file, or the name points out of the folder.
    """
    if isinstance(value, Mapping):
        return {key: resolve_assets(item, folder) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve_assets(item, folder) for item in value]
    if is_asset(value):
        return str(_existing(folder, value.removeprefix(PREFIX)))
    return value


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise CheckpointError(
            f"Model {folder} names the file '{name}' but does not hold it; expected it beside "
            "recipe.yaml. Copy the whole folder, or import the model again."
        )
    return path.absolute()
