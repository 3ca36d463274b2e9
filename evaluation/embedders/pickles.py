"""What a PyTorch pickle holds, without running anything in it: tensors, arrays, plain values."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...core.errors import CheckpointError

ARRAYS = ("numpy.core.multiarray", "numpy._core.multiarray")
"""Where NumPy keeps what makes an array of a pickle: before release 2, and since."""


def read_pickle(path: Path) -> Mapping[str, Any]:
    """Return what a PyTorch checkpoint holds, reading tensors, arrays and plain values only.

    Raises:
        CheckpointError: if it is missing, damaged, or holds anything else.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}; expected a published checkpoint.")
    try:
        with torch.serialization.safe_globals(_array_parts()):
            read = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as failure:
        raise CheckpointError(_refusal(path, str(failure))) from None
    except (OSError, RuntimeError, EOFError, ValueError) as failure:
        raise CheckpointError(_damage(path, str(failure).partition("\n")[0])) from failure
    if not isinstance(read, Mapping):
        raise CheckpointError(
            f"{path} holds a {type(read).__name__}; expected a dictionary of tensors."
        )
    return read


def _array_parts() -> list[Any]:
    """Return what NumPy arrays are pickled with, under the names of old and new releases."""
    rebuild = np.zeros(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    dtypes = [type(np.dtype(kind)) for kind in ("f8", "f4", "i8", "i4", "u1", "?", "O", "U1")]
    named = [
        (part, f"{module}.{name}")
        for module in ARRAYS
        for part, name in ((rebuild, "_reconstruct"), (scalar, "scalar"))
    ]
    return [*named, np.ndarray, np.dtype, *dtypes]


def _refusal(path: Path, failure: str) -> str:
    found = re.search(r"GLOBAL (\S+)", failure)
    if found is None:
        return _damage(path, "no pickle of PyTorch")
    return (
        f"{path} holds more than tensors and arrays ({found[1]}), and reading that could run code; "
        "it is refused. If you trust the file, open it elsewhere with "
        "`torch.load(…, weights_only=False)`, save its weights alone (a dictionary of tensors) "
        "with `torch.save`, and convert that."
    )


def _damage(path: Path, reason: str) -> str:
    return f"{path} cannot be read ({reason}); expected a PyTorch checkpoint. Fetch it again."
