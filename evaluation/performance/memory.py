"""Peak memory: of the process on a CPU, of the allocator on CUDA."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

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
        return _of_this_process()

    def read_children(self) -> int | None:
        """Return the peak of the largest process that this one has begun and that still runs."""
        peaks = [_high_water(str(child.pid)) for child in multiprocessing.active_children()]
        return max((peak for peak in peaks if peak is not None), default=None)


def _of_this_process() -> int | None:
    """Return the high-water mark as the kernel counts it since this program began.

    What `getrusage` counts on Linux begins with that of the process that began this one.
    """
    found = _high_water("self")
    if found is not None:
        return found
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts KiB


def _high_water(process: str) -> int | None:
    try:
        told = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:  # another system, or the process has ended
        return None
    lines = (line.split() for line in told.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), None)
