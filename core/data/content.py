"""What a value holds, as a digest: equal digests mean equal values, bit for bit."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ContractError

DIGITS = 32
MOST_THREADS = 8


def content_digest(value: Any) -> str:
    """Return 32 hexadecimal digits over a nested value: types, shapes, and all bytes.

    Args:
        value: tensors, arrays, numbers, text, bytes, `None`; lists, tuples, dataclasses and
            mappings (by text, in any order) of them.

    Raises:
        ContractError: for anything else, whose content cannot be known.
    """
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(piece)
    return digest.hexdigest()[:DIGITS]


def weights_digest(networks: Mapping[str, nn.Module]) -> str:
    """Return 32 hexadecimal digits over the structure and every value of some networks.

    Buffers that no checkpoint holds count too: a rotary base is found in them only.
    """
    tensors = {
        f"{name}.{path}": tensor
        for name, network in networks.items()
        for path, tensor in (*network.named_parameters(), *network.named_buffers())
    }
    structure = {name: repr(network) for name, network in networks.items()}
    # hashlib lets go of the interpreter's lock, so that tensors are read side by side.
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        digests = list(pool.map(content_digest, tensors.values()))
    return content_digest([structure, dict(zip(tensors, digests, strict=True))])


def _pieces(value: Any) -> Iterator[Any]:
    """Yield bytes that no other value yields: every part is led by its type and its size."""
    match value:
        case None | bool() | int() | float():
            yield f"{type(value).__name__} {value!r};".encode()
        case str():
            data = value.encode()
            yield f"str {len(data)};".encode()
            yield data
        case bytes():
            yield f"bytes {len(value)};".encode()
            yield value
        case Tensor():
            yield f"tensor {value.dtype} {tuple(value.shape)};".encode()
            yield _bytes_of(value)
        case np.ndarray() if not value.dtype.hasobject:
            yield f"array {value.dtype.str} {value.shape};".encode()
            yield np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        case _:
            yield from _parts(value)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        yield f"{'list' if isinstance(value, list) else 'tuple'} {len(value)};".encode()
        for item in value:
            yield from _pieces(item)
    elif isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        yield f"mapping {len(value)};".encode()
        for key in sorted(value):
            yield from _pieces(key)
            yield from _pieces(value[key])
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"dataclass {type(value).__qualname__};".encode()
        yield from _parts({field.name: getattr(value, field.name) for field in fields(value)})
    else:
        raise ContractError(
            f"Cannot tell what a {type(value).__name__} holds; expected tensors, arrays, numbers, "
            "text, and lists, tuples, dataclasses and mappings of them. Return those from "
            "prepare(), or register the conditioner with cacheable=False."
        )


def _bytes_of(tensor: Tensor) -> Any:
    """Return a tensor's bytes in order, without a copy where it lies on the CPU in order."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy()
