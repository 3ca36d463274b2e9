"""Nested values as JSON with numbered tensors beside it, and back, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..errors import DataError

Packed = tuple[dict[str, Any], list[Tensor]]
"""JSON with a place for each tensor, and the tensors: on the CPU, contiguous, of their own."""


def pack(value: Any, where: str, *, half: bool = False) -> Packed:
    """Return a value in the form that shards keep.

    Args:
        value: tensors, numbers, text, `None`, and lists, tuples and mappings (by text) of them.
        where: what the value is, for messages.
        half: store floating-point tensors as float16.

    Raises:
        DataError: if it holds something else.
    """
    tensors: list[Tensor] = []
    return _pack(value, tensors, where, half), tensors


def unpack(tree: Mapping[str, Any], tensors: Sequence[Tensor]) -> Any:
    """Return the value that was packed, every tensor of the type that it had."""
    if "tensor" in tree:
        return tensors[tree["tensor"]].to(getattr(torch, tree["dtype"]))
    if "map" in tree:
        return {key: unpack(value, tensors) for key, value in tree["map"].items()}
    if "list" in tree:
        return [unpack(item, tensors) for item in tree["list"]]
    if "tuple" in tree:
        return tuple(unpack(item, tensors) for item in tree["tuple"])
    return tree["value"]


def _pack(value: Any, tensors: list[Tensor], where: str, half: bool) -> dict[str, Any]:
    if value is None or isinstance(value, bool | int | float | str):
        return {"value": value}
    if isinstance(value, Tensor):
        tensors.append(_own(value, half))
        return {"tensor": len(tensors) - 1, "dtype": str(value.dtype).removeprefix("torch.")}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"map": {k: _pack(v, tensors, where, half) for k, v in value.items()}}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack(item, tensors, where, half) for item in value]}
    raise DataError(
        f"{where}: cannot cache {type(value).__name__}; encode_frozen may return tensors, numbers, "
        "text, None, and lists, tuples and mappings (by text) of them."
    )


def _own(tensor: Tensor, half: bool) -> Tensor:
    stored = tensor.detach().cpu()
    if half and stored.is_floating_point():
        stored = stored.half()
    return stored.clone(memory_format=torch.contiguous_format)
