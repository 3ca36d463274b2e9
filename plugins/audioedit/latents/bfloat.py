"""Arrays of bfloat16 as ``.npy`` files that numpy reads: their bits, as unsigned 16-bit integers.

Numpy has no bfloat16. A bfloat16 is the upper half of a float32, so that reading takes a shift.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ....core.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Bits = NDArray[np.uint16]


def to_npy(values: Tensor) -> bytes:
    """Return a float32 tensor as an ``.npy`` file of bfloat16 bits, rounded to the nearest even."""
    import torch

    bits = values.detach().cpu().bfloat16().contiguous().view(torch.int16).numpy()
    buffer = io.BytesIO()
    npy.write_array(buffer, bits.view(np.uint16).astype("<u2"), version=(1, 0))
    return buffer.getvalue()


def from_npy(data: bytes, where: str) -> NDArray[np.float32]:
    """Return the values of such a file as float32, exactly.

    Raises:
        DataError: if it is none; opens with ``where``.
    """
    try:
        bits: NDArray[Any] = npy.read_array(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as failure:
        raise DataError(f"{where} is no .npy file that can be read: {failure}.") from None
    if bits.dtype != np.uint16:
        raise DataError(f"{where} holds {bits.dtype}; expected bfloat16 as uint16.")
    return to_float32(bits)


def to_float32(bits: Bits) -> NDArray[np.float32]:
    """Return what bfloat16 bits stand for, in an array of the same shape."""
    return (bits.astype(np.uint32) << 16).view(np.float32)
