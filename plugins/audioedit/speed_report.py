"""What was measured of the making of pairs, as tables and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .ceiling import Ceiling


@dataclass(frozen=True)
class Run:
    """One measured run of the stage ``render``.

    Attributes:
        processes: how many rendered.
        scenes: that were rendered.
        pairs: that they gave.
        start_seconds: until all processes had rendered their first scenes, which do not count.
        seconds: by the clock.
        cpu_seconds: of the processor, of all processes together.
    """

    processes: int
    scenes: int
    pairs: int
    start_seconds: float
    seconds: float
    cpu_seconds: float

    @property
    def idle(self) -> float:
        """Return the share of the processes' time in which they waited: for disk, or for work."""
        return max(0.0, 1 - self.cpu_seconds / (self.seconds * self.processes))

    def plus(self, other: Run) -> Run:
        """Return this run and another one of as many processes as one."""
        return Run(
            self.processes,
            self.scenes + other.scenes,
            self.pairs + other.pairs,
            self.start_seconds + other.start_seconds,
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
        )

    def row(self) -> dict[str, Any]:
        """Return the line of a table."""
        return {
            "processes": self.processes,
            "scenes": self.scenes,
            "pairs": self.pairs,
            "start, s": f"{self.start_seconds:.1f}",
            "seconds": f"{self.seconds:.1f}",
            "pairs/s": f"{self.pairs / self.seconds:.1f}",
            "CPU ms/scene": f"{self.cpu_seconds / self.scenes * 1e3:.0f}",
            "CPU ms/pair": f"{self.cpu_seconds / self.pairs * 1e3:.0f}",
            "waiting": f"{self.idle:.0%}",
        }


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        settings: what decides the work of a scene.
        runs: with one process, and with all.
        parts: part of a scene → CPU seconds of the first run.
        ceilings: how far plain work scales to as many processes; empty for one.
    """

    settings: Mapping[str, Any]
    runs: Sequence[Run]
    parts: Mapping[str, float]
    ceilings: Sequence[Ceiling] = ()

    @property
    def scaling(self) -> float:
        """Return how many times as many pairs a second all processes make as one."""
        first, last = self.runs[0], self.runs[-1]
        return (last.pairs / last.seconds) / (first.pairs / first.seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "settings": dict(self.settings),
            "runs": [asdict(run) for run in self.runs],
            "parts": {name: 1e3 * seconds for name, seconds in self._of_a_scene()},
            "scaling": self.scaling,
            "ceilings": [asdict(ceiling) for ceiling in self.ceilings],
        }

    def run_rows(self) -> list[dict[str, Any]]:
        """Return a line for each run."""
        return [run.row() for run in self.runs]

    def part_rows(self) -> list[dict[str, Any]]:
        """Return a line for each part of a scene, the dearest first."""
        whole = self.runs[0].cpu_seconds / self.runs[0].scenes
        return [
            {
                "part": name,
                "CPU ms/scene": f"{1e3 * seconds:.1f}",
                "share": f"{seconds / whole:.0%}",
            }
            for name, seconds in self._of_a_scene()
        ]

    def scaling_rows(self) -> list[dict[str, Any]]:
        """Return how far pairs scale, and beside it what this machine allows."""
        processes = self.runs[-1].processes
        reached = {"work": f"pairs, {processes} processes", "times as fast as one":
                   f"{self.scaling:.2f}"}  # fmt: skip
        return [reached, *(
            {"work": ceiling.kernel, "times as fast as one": f"{ceiling.scaling:.2f}"}
            for ceiling in self.ceilings
        )]  # fmt: skip

    def _of_a_scene(self) -> list[tuple[str, float]]:
        """Return (part, CPU seconds of a scene), with what no part accounts for at the end."""
        scenes = self.runs[0].scenes
        found = sorted(self.parts.items(), key=lambda item: -item[1])
        rest = self.runs[0].cpu_seconds - sum(self.parts.values())
        return [(name, seconds / scenes) for name, seconds in [*found, ("all else", rest)]]
