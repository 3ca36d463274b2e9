"""Work on clips by threads: decoding, transforms and MP3 let go of the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ItemT = TypeVar("ItemT")
MadeT = TypeVar("MadeT")

MOST_THREADS = 8
"""Each holds some clips and their spectra: about 100 MB for pairs of 10 s."""


def side_by_side(make: Callable[[ItemT], MadeT], items: Sequence[ItemT]) -> list[MadeT]:
    """Return what is made of each item, in order; the same for any number of threads."""
    import torch

    before = torch.get_num_threads()
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    try:
        # One thread for each clip, and none more inside: they would stand in each other's way.
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(make, items))
    finally:
        torch.set_num_threads(before)
