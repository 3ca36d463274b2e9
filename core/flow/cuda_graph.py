"""A velocity captured in a CUDA graph: one launch per step.

Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP_CALLS = 3
"""Before a capture, so that kernels are chosen and conditions prepared outside of it."""


class GraphedVelocity:
    """Replays the kernels of a velocity whose shapes stay the same from step to step."""

    def __init__(self, velocity: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Keep the velocity; the first call captures it.

        Args:
            velocity: maps x_t (B, C, T) and t (B,) on CUDA to (B, C, T), without looking at values.
        """
        self._velocity = velocity
        self._graph: torch.cuda.CUDAGraph | None = None
        self._x = self._t = self._out = torch.empty(0)

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Return the velocity (B, C, T) at x_t (B, C, T) and t (B,)."""
        if self._graph is None or self._x.shape != x_t.shape:
            self._graph = self._capture(x_t, t)
        self._x.copy_(x_t)
        self._t.copy_(t)
        self._graph.replay()
        # A copy: solvers keep velocities of earlier steps, and the next replay overwrites this one.
        return self._out.clone()

    def _capture(self, x_t: Tensor, t: Tensor) -> torch.cuda.CUDAGraph:
        self._x, self._t = x_t.clone(), t.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_CALLS):
                self._velocity(self._x, self._t)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._out = self._velocity(self._x, self._t)
        return graph
