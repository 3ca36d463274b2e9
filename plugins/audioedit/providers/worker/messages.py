"""Messages between a provider and its worker, over pipes.

A message is the length of a JSON text in 8 bytes (little-endian), the text, and the arrays that it
lists, raw: one-dimensional float32.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[np.float32]]


def write_message(pipe: BinaryIO, values: dict[str, Any], arrays: Arrays = ()) -> None:
    """Write a message; arrays are one-dimensional float32."""
    text = json.dumps({**values, "arrays": [len(array) for array in arrays]}).encode()
    pipe.write(struct.pack("<Q", len(text)) + text)
    for array in arrays:
        pipe.write(np.ascontiguousarray(array, "<f4").tobytes())
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], list[NDArray[np.float32]]]:
    """Read a message.

    Raises:
        EOFError: if the other side is gone.
    """
    (length,) = struct.unpack("<Q", _exactly(pipe, 8))
    values = json.loads(_exactly(pipe, length))
    arrays = [np.frombuffer(_exactly(pipe, 4 * n), "<f4").copy() for n in values.pop("arrays")]
    return values, arrays


def _exactly(pipe: BinaryIO, count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError(f"The pipe ended after {len(data)} of {count} bytes.")
    return data
