"""Measures what the statistics of embeddings cost, whatever network they came from."""

from __future__ import annotations

import time

import numpy as np
import torch

from ..statistics.frechet import frechet_distance
from ..statistics.gaussian import Gaussian
from .memory import PeakMemory
from .metrics_report import StatisticsCost

BATCH = 2000


def measure_statistics(vectors: int, width: int) -> StatisticsCost:
    """Gather two sets of normal vectors in batches, and take their Fréchet distance.

    The vectors are drawn between the times that are measured.

    Args:
        vectors: N of each set.
        width: D of a vector.
    """
    rng = np.random.default_rng(0)
    gathering, sides = 0.0, []
    for shift in (0.0, 0.1):
        side = Gaussian(width)
        for start in range(0, vectors, BATCH):
            rows = rng.standard_normal((min(BATCH, vectors - start), width)) + shift
            began = time.perf_counter()
            side.add(rows)
            gathering += time.perf_counter() - began
        sides.append(side)
    began = time.perf_counter()
    frechet_distance(*sides)
    seconds = time.perf_counter() - began
    peak = PeakMemory(torch.device("cpu")).read()
    return StatisticsCost(vectors, width, gathering, seconds, peak)
