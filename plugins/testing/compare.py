"""Comparison of nested values with tensors in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel

TOLERANCE = 1e-5


def difference(first: Any, second: Any, *, path: str = "value", atol: float = TOLERANCE) -> str:
    """Return where two nested values differ first, in words; the empty string if they do not.

    Tensors and arrays are compared in shape, dtype and value (within ``atol``, relatively and
    absolutely); mappings, sequences, dataclasses and pydantic models by their parts.
    """
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        first, second = torch.as_tensor(first), torch.as_tensor(second)
    if isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor):
        return _tensor_difference(first, second, path, atol)
    if type(first) is not type(second):
        return f"{path}: {type(first).__name__} against {type(second).__name__}"
    parts = _parts(first)
    if parts is None:
        if isinstance(first, float):
            same = np.isclose(first, second, atol=atol, rtol=atol, equal_nan=True)
        else:
            same = first == second
        return "" if same else f"{path}: {first!r} against {second!r}"
    others = _parts(second) or {}
    if list(parts) != list(others):
        return f"{path}: {list(parts)} against {list(others)}"
    found = (difference(parts[k], others[k], path=f"{path}.{k}", atol=atol) for k in parts)
    return next((one for one in found if one), "")


def _parts(value: Any) -> dict[Any, Any] | None:
    """Return the named parts of a composite value, or `None` for a plain one."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return dict(enumerate(value))
    return None


def _tensor_difference(first: torch.Tensor, second: torch.Tensor, path: str, atol: float) -> str:
    if first.shape != second.shape or first.dtype != second.dtype:
        return (
            f"{path}: {tuple(first.shape)} of {first.dtype} against "
            f"{tuple(second.shape)} of {second.dtype}"
        )
    if not first.is_floating_point():
        return "" if torch.equal(first, second) else f"{path}: unequal values"
    if torch.allclose(first, second, atol=atol, rtol=atol, equal_nan=True):
        return ""
    return f"{path}: differs by up to {float((first - second).detach().abs().max()):.3g}"
