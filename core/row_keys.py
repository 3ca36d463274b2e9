"""Keys of rows: so that each row counts once, whoever measured it and in whatever order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch

NO_ID = 0
"""Key of a row that has no id."""


def row_key(row: str) -> int:
    """Return 63 bits of a row's id, none of which is `NO_ID` but that of no id."""
    if not row:
        return NO_ID
    return int.from_bytes(hashlib.sha256(row.encode()).digest()[:8], "big") >> 1 or 1


def rows_digest(keys: np.ndarray) -> str | None:
    """Return twelve digits over the keys of rows, in any order; `None` where one has no id."""
    if not keys.size or bool((keys == NO_ID).any()):
        return None
    return hashlib.sha256(np.sort(keys).astype("<i8").tobytes()).hexdigest()[:12]


def places_once(keys: np.ndarray) -> np.ndarray:
    """Return the place of each row's first entry, in the order of keys; those without id, all."""
    order = np.argsort(keys, kind="stable")
    first = np.ones(keys.size, dtype=bool)
    first[1:] = (np.diff(keys[order]) != 0) | (keys[order][1:] == NO_ID)
    places: np.ndarray = order[first]
    return places


def joined(state: Sequence[torch.Tensor]) -> np.ndarray:
    """Return the entries of a state as one array."""
    return torch.cat(list(state)).cpu().numpy() if state else np.zeros(0)
