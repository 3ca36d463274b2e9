"""Tensors as they lie in a file: found without reading them, read one at a time.

Two kinds of file: safetensors, and PyTorch's own (a zip archive whose index is a pickle). A
pickle can run code, so its index is read by `torch.load` with ``weights_only=True``, which knows
tensors and plain containers and refuses everything else.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...core.errors import CheckpointError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""safetensors' names of types."""

MAX_HEADER = 100_000_000
STATE_DICT = "state_dict"


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file.

    Attributes:
        path: the file.
        dtype: its type.
        shape: its shape.
        stride: steps between elements, as in `torch.Tensor.stride`.
        offset: where its first element lies, in bytes.
        held: the tensor itself, for files of the old format, which cannot be read in parts.
    """

    path: Path
    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    held: Tensor | None = None

    @property
    def numel(self) -> int:
        """Return the number of elements."""
        return torch.Size(self.shape).numel()

    def read(self) -> Tensor:
        """Return the tensor, on the CPU, contiguous.

        Raises:
            CheckpointError: if the file ends before the tensor does.
        """
        if self.held is not None:
            return self.held.contiguous()
        if self.numel == 0:
            return torch.empty(self.shape, dtype=self.dtype)
        steps = sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True))
        wanted = (steps + 1) * self.dtype.itemsize
        data = bytearray(wanted)
        with self.path.open("rb") as file:
            file.seek(self.offset)
            got = file.readinto(data)
        if got != wanted:
            raise CheckpointError(
                f"{self.path} is truncated: {got} of {wanted} bytes of a tensor are there. "
                "Copy or download it again."
            )
        flat = torch.frombuffer(data, dtype=self.dtype)
        return flat.as_strided(self.shape, self.stride).contiguous()


def open_tensors(path: Path) -> dict[str, StoredTensor]:
    """Return what a file holds, by name, without reading the tensors.

    A dictionary under the key ``state_dict`` is what is meant, where there is one.

    Raises:
        CheckpointError: if the file is missing, truncated, holds anything but tensors, or is a
            pickle that asks for code to run.
    """
    if not path.is_file():
        raise CheckpointError(
            f"{path} does not exist; expected a checkpoint file (.ckpt, .pth or .safetensors)."
        )
    with path.open("rb") as file:
        head = file.read(9)
    if head[8:9] == b"{":
        return _open_safetensors(path)
    return _open_pickle(path)


def _open_safetensors(path: Path) -> dict[str, StoredTensor]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MAX_HEADER:
                raise ValueError(f"a header of {length} bytes")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        found = {
            name: StoredTensor(
                path,
                DTYPES[entry["dtype"]],
                tuple(entry["shape"]),
                torch.empty(entry["shape"], device="meta").stride(),
                8 + length + entry["data_offsets"][0],
            )
            for name, entry in header.items()
        }
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise CheckpointError(
            f"{path} is not a sound safetensors file ({failure}). Copy or download it again."
        ) from None
    if path.stat().st_size < 8 + length + end:
        raise CheckpointError(
            f"{path} is truncated: it has {path.stat().st_size} of {8 + length + end} bytes. Copy "
            "or download it again."
        )
    return found


def _open_pickle(path: Path) -> dict[str, StoredTensor]:
    from torch._subclasses.fake_tensor import FakeTensorMode

    try:
        with FakeTensorMode():  # reads the index alone, and notes where each storage lies
            loaded = torch.load(path, weights_only=True)
        found = _plain_tensors(path, loaded)
        offsets = {name: _file_offset(tensor) for name, tensor in found.items()}
        if None in offsets.values():  # the format before torch 1.6
            found = _plain_tensors(path, torch.load(path, weights_only=True))
    except pickle.UnpicklingError as failure:
        lines = [line for line in str(failure).splitlines() if line.strip()]
        reason = lines[1] if len(lines) > 1 else str(failure)  # the first is torch's general advice
        raise CheckpointError(
            f"{path} is refused: loading it would run code or build objects that are no tensors "
            f"({reason:.200}) Expected a plain checkpoint from its publisher."
        ) from None
    except CheckpointError:
        raise
    except Exception as failure:  # torch's reader meets junk with whatever it stumbles over
        reason = (str(failure).strip() or type(failure).__name__).splitlines()[0]
        raise CheckpointError(
            f"{path} cannot be read as a PyTorch checkpoint ({reason:.200}); it may be truncated. "
            "Copy or download it again."
        ) from None
    return {
        name: StoredTensor(
            path,
            tensor.dtype,
            tuple(tensor.shape),
            tuple(tensor.stride()),
            offsets[name] or 0,
            held=tensor if offsets[name] is None else None,
        )
        for name, tensor in found.items()
    }


def _file_offset(tensor: Tensor) -> int | None:
    start = getattr(tensor.untyped_storage(), "_checkpoint_offset", None)
    return None if start is None else start + tensor.storage_offset() * tensor.element_size()


def _plain_tensors(path: Path, loaded: Any) -> dict[str, Tensor]:
    values = loaded.get(STATE_DICT, loaded) if isinstance(loaded, Mapping) else loaded
    if not isinstance(values, Mapping) or not values:
        raise CheckpointError(
            f"{path} holds a {type(values).__name__}; expected tensors by name, or a dictionary "
            f"of them under '{STATE_DICT}'."
        )
    strange = [str(name) for name, value in values.items() if not isinstance(value, Tensor)]
    if strange:
        raise CheckpointError(
            f"{path} holds entries that are no tensors: {', '.join(strange[:5])}. Expected the "
            "weights of a model alone."
        )
    return {str(name): value for name, value in values.items()}
