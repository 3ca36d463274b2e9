"""Random streams by purpose, so that adding one moves no other."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(dataset: str, branch: str, item: str, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose of one item: a function of these texts alone.

    Args:
        dataset: name and version of the data set, ``"audioedit/1"``.
        branch: ``"synth"`` or ``"real"``.
        item: id of the item.
        purpose: what is drawn, for example ``"scene"`` or ``"words"``.
    """
    name = stream_name(dataset, branch, item, purpose)
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


def stream_name(dataset: str, branch: str, item: str, purpose: str) -> str:
    """Return what a stream is a function of; records keep it."""
    return f"{dataset}/{branch}/{item}/{purpose}"


def fraction(*parts: str) -> float:
    """Return a number in [0, 1) that depends on texts alone; spreads things over shares."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
