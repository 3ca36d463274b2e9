"""Golden cases of metrics: a JSON of named inputs and outputs, and the tensors that it points to.

``{"tensor": name}`` stands for a tensor, the strings NaN, Infinity and -Infinity for numbers, and
``{"raises": TYPE}`` says that a tool failed. Nothing in the folder is ever executed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import DataError

FORMAT = "metric goldens"
"""How the ``format`` of such a JSON begins; the file's name is free."""

OURS = ("recommended", "correct")
"""Words in the names of outputs that are what ours must give, whatever tools give."""

NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True)
class Tolerance:
    """A difference of up to ``atol`` + ``rtol`` · |expected| agrees."""

    rtol: float = 0.0
    atol: float = 0.0


@dataclass(frozen=True)
class Case:
    """One golden case, its tensors in place.

    Attributes:
        id: of the case; says nothing of what is in it.
        group: decides how it is checked.
        inputs: by name.
        outputs: by name.
        tolerances: as stored: one, or several by name.
        recipe: how network weights are made, or `None`.
    """

    id: str
    group: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    tolerances: Mapping[str, Any]
    recipe: str | None = None

    def has(self, *names: str) -> bool:
        """Tell whether all inputs are there whose names begin so."""
        return all(_key(self.inputs, name) is not None for name in names)

    def input(self, name: str) -> Any:
        """Return the input of this name, or the first whose name begins so.

        Raises:
            DataError: if there is none.
        """
        key = _key(self.inputs, name)
        if key is None:
            raise DataError(
                f"Case '{self.id}' has no input '{name}'; group '{self.group}' needs it. It has "
                f"{', '.join(self.inputs) or 'none'}."
            )
        return self.inputs[key]

    def array(self, name: str) -> NDArray[Any]:
        """Return an input as an array.

        Raises:
            DataError: if there is none, or it is no array of numbers.
        """
        value = np.asarray(self.input(name))
        if value.dtype.kind not in "fiub":
            raise DataError(f"Case '{self.id}' has no numbers in its input '{name}'.")
        return value

    def output_key(self, name: str) -> str | None:
        """Return the output of this name, or the first whose name begins so."""
        return _key(self.outputs, name)

    def refused(self) -> list[str]:
        """Return the outputs by which ours must give no number but an error."""
        return [key for key, value in self.outputs.items() if is_ours(key) and no_number(value)]

    def tolerance(self, *names: str, default: Tolerance) -> Tolerance:
        """Return the first stored tolerance among names, the only one, or a default."""
        for stored in (*(self.tolerances.get(name) for name in names), self.tolerances):
            if isinstance(stored, Mapping) and {"rtol", "atol"} & stored.keys():
                return Tolerance(float(stored.get("rtol", 0.0)), float(stored.get("atol", 0.0)))
        return default


def is_ours(output: str) -> bool:
    """Tell by its name whether an output is what ours must give."""
    return any(word in output.lower() for word in OURS)


def tool_failed(value: Any) -> bool:
    """Tell whether an output records that a tool raised or gave up."""
    return isinstance(value, Mapping) and "raises" in value


def no_number(value: Any) -> bool:
    """Tell whether an output is an error, or NaN."""
    return tool_failed(value) or (isinstance(value, float) and math.isnan(value))


def read_cases(folder: Path) -> list[Case]:
    """Return the cases of all sets in a folder, in order.

    Raises:
        DataError: if the folder has no such set, or one is damaged.
    """
    if not folder.is_dir():
        raise DataError(f"The folder {folder} is not there; expected golden cases of metrics.")
    found: list[Case] = []
    for path in sorted(folder.glob("*.json")):
        stored = _read_json(path)
        if isinstance(stored, dict) and str(stored.get("format", "")).startswith(FORMAT):
            found += _cases(path, stored)
    if not found:
        raise DataError(
            f"The folder {folder} has no golden cases of metrics: no JSON whose 'format' begins "
            f"with '{FORMAT}' and that has cases. Name another folder."
        )
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        raise DataError(
            f"{path.name} is damaged ({failure}); expected JSON. Copy the file again."
        ) from failure


def _cases(path: Path, stored: Mapping[str, Any]) -> list[Case]:
    cases = stored.get("cases")
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise DataError(f"{path.name} has no list 'cases'; copy the file again.")
    tensors = _read_tensors(path, stored.get("tensors"))
    recipe = stored.get("seeded_weights_recipe")
    return [
        Case(
            id=str(case.get("id", f"{path.stem}/{number}")),
            group=str(case.get("group", "")),
            inputs=_filled(case.get("inputs") or {}, tensors, path.name),
            outputs=_filled(case.get("outputs") or {}, tensors, path.name),
            tolerances=case.get("tolerance") or {},
            recipe=recipe if isinstance(recipe, str) else None,
        )
        for number, case in enumerate(cases)
    ]


def _read_tensors(path: Path, name: Any) -> Mapping[str, NDArray[Any]]:
    if name is None:
        return {}
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    beside = path.parent / str(name)
    if Path(str(name)).name != str(name) or not beside.is_file():
        raise DataError(f"{path.name} names the file {name!r}, which does not lie beside it.")
    try:
        return load_file(beside)
    except (SafetensorError, OSError, ValueError) as failure:
        raise DataError(
            f"{beside.name} is damaged ({failure}); expected safetensors. Copy it again."
        ) from failure


def _filled(value: Any, tensors: Mapping[str, NDArray[Any]], name: str) -> Any:
    """Put tensors and numbers in the place of what stands for them."""
    if isinstance(value, dict) and "tensor" in value:
        if value["tensor"] not in tensors:
            raise DataError(f"{name} points to the tensor '{value['tensor']}', which is missing.")
        return tensors[value["tensor"]]
    if isinstance(value, dict):
        return {key: _filled(entry, tensors, name) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, tensors, name) for entry in value]
    return NUMBERS.get(value, value) if isinstance(value, str) else value


def _key(values: Mapping[str, Any], name: str) -> str | None:
    if name in values:
        return name
    return next((key for key in values if key.startswith(name)), None)
