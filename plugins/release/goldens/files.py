"""Golden files: a JSON that says what was run, and the tensors that came of it.

Tensors are named ``w/KEY`` (weights), ``in/CASE/NAME`` (inputs) and ``out/CASE/NAME``. Nothing in
the folder is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ....core.errors import DataError

MISSING = object()


@dataclass(frozen=True)
class Golden:
    """One pair of files.

    Attributes:
        name: without suffix.
        folder: where they lie.
        settings: the JSON.
        tensors: everything in the safetensors file; empty when there is none.
    """

    name: str
    folder: Path
    settings: Mapping[str, Any]
    tensors: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def kind(self) -> str | None:
        """Return what the file says that it holds."""
        kind = self.settings.get("kind")
        return kind if isinstance(kind, str) else None

    def setting(self, *path: str) -> Any:
        """Return a value of the JSON by its path of keys.

        Raises:
            DataError: if there is none.
        """
        value: Any = self.settings
        for key in path:
            value = value.get(key, MISSING) if isinstance(value, Mapping) else MISSING
            if value is MISSING:
                raise DataError(
                    f"{self.name}.json has no '{'.'.join(path)}'; expected what its kind "
                    f"'{self.kind}' needs. Copy the file again."
                )
        return value

    def weights(self, prefix: str) -> dict[str, Tensor]:
        """Return the stored weights below a prefix, under the rest of their names."""
        return _below(self.tensors, f"w/{prefix}")

    def inputs(self, case: str) -> dict[str, Tensor]:
        """Return the inputs of a case by name, or those that all cases share (``common``)."""
        return _below(self.tensors, f"in/{case}/")

    def input(self, case: str, name: str) -> Tensor:
        """Return one input of a case.

        Raises:
            DataError: if there is none.
        """
        return self.tensor(f"in/{case}/{name}")

    def tensor(self, key: str) -> Tensor:
        """Return a tensor by its full key.

        Raises:
            DataError: if there is none.
        """
        if key not in self.tensors:
            raise DataError(
                f"{self.name}.safetensors has no '{key}', which kind '{self.kind}' needs. Copy "
                "the file again."
            )
        return self.tensors[key]

    def input_cases(self) -> list[str]:
        """Return the cases that have inputs of their own, in order of their names."""
        cases = {key.split("/")[1] for key in self.tensors if key.startswith("in/")}
        return sorted(cases - {"common"})

    def output_names(self, case: str) -> list[str]:
        """Return the names of a case's outputs."""
        return sorted(_below(self.tensors, f"out/{case}/"))

    def sibling(self, name: str) -> Path:
        """Return a file that the JSON names, in the same folder.

        Raises:
            DataError: if it lies elsewhere, or is missing.
        """
        path = self.folder / name
        if Path(name).name != name or not path.is_file():
            raise DataError(
                f"{self.name}.json names the file {name!r}, which does not lie beside it. Copy it "
                "there."
            )
        return path


def read_settings(path: Path) -> Mapping[str, Any]:
    """Return the JSON of a golden file.

    Raises:
        DataError: if it is missing, cannot be read, or is no JSON object.
    """
    if not path.is_file():
        raise DataError(
            f"{path.name} is missing; expected it beside {path.stem}.safetensors. Copy both files."
        )
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        raise DataError(
            f"{path.name} is damaged ({failure}); expected JSON. Copy the file again."
        ) from failure
    if not isinstance(settings, dict):
        raise DataError(
            f"{path.name} holds a {type(settings).__name__}; expected a JSON object with a 'kind'."
        )
    return settings


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return all tensors of a golden file, on the CPU.

    Raises:
        DataError: if the file is missing or damaged.
    """
    if not path.is_file():
        raise DataError(
            f"{path.name} is missing; expected it beside {path.stem}.json. Copy both files."
        )
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as failure:
        raise DataError(
            f"{path.name} is damaged ({failure}); expected safetensors. Copy the file again."
        ) from failure


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}
