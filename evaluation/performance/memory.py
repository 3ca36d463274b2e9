"""Peak memory: of the process on a CPU, of the allocator on CUDA."""

from __future__ import annotations

import sys

import torch


class PeakMemory:
    """Starts to watch when it is made.

    A CPU's process has one high-water mark for all its life: read it before something larger runs.
    """

    def __init__(self, device: torch.device) -> None:
        """Forget earlier peaks, where that is possible."""
        self.device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def read(self) -> int | None:
        """Return the peak in bytes; `None` on a system that does not tell."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return _high_water("RUSAGE_SELF")

    def read_children(self) -> int | None:
        """Return the peak of the largest process that this one began and that has ended."""
        return _high_water("RUSAGE_CHILDREN")


def _high_water(whose: str) -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak: int = resource.getrusage(getattr(resource, whose)).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts KiB
