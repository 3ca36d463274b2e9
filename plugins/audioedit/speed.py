"""How fast pairs are made, and where the time of a scene goes."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import blobs
from .config import AudioEditConfig
from .stages.local import LocalProcesses
from .stages.runner import in_this_process, run_steps
from .stages.workshop import OpenCatalog, Workshop
from .synthesis import pairs, render
from .synthesis.stages import RenderStage
from .workspace import open_workshop

PARTS = {
    "warp": (render.Renderer, "_warp"),
    "levels (LUFS)": (render, "lufs"),
    "LUFS of the tracks": (pairs, "lufs"),
    "true peaks": (render, "true_peak"),
    "true peaks of the tracks": (pairs, "true_peak"),
    "FLAC": (blobs, "encode_flac"),
    "files (with fsync)": (blobs, "write_whole"),
    "quantising": (render, "quantise"),
}
"""Part of a scene → what is timed."""


@dataclass(frozen=True)
class Run:
    """One measured run of the stage ``render``.

    Attributes:
        processes: how many rendered.
        scenes: that were rendered.
        pairs: that they gave.
        seconds: by the clock.
        cpu_seconds: of the processor; not known of other processes.
    """

    processes: int
    scenes: int
    pairs: int
    seconds: float
    cpu_seconds: float | None


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        settings: what decides the work of a scene.
        runs: with one process, and with all.
        parts: part → CPU seconds of the first run.
    """

    settings: dict[str, Any]
    runs: list[Run]
    parts: dict[str, float]

    @property
    def workers(self) -> int:
        """Return how many processes the last run had."""
        return self.runs[-1].processes

    @property
    def scaling(self) -> float:
        """Return how many times as many pairs a second all processes make as one."""
        first, last = self.runs[0], self.runs[-1]
        return (last.pairs / last.seconds) / (first.pairs / first.seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "settings": self.settings,
            "runs": [asdict(run) for run in self.runs],
            "parts": {name: seconds / self.runs[0].scenes * 1e3 for name, seconds in
                      self.parts.items()},
            "scaling": self.scaling,
        }  # fmt: skip

    def run_rows(self) -> list[dict[str, Any]]:
        """Return a line for each run."""
        return [
            {
                "processes": run.processes,
                "scenes": run.scenes,
                "pairs": run.pairs,
                "seconds": f"{run.seconds:.1f}",
                "pairs/s": f"{run.pairs / run.seconds:.1f}",
                "CPU ms/scene": _milliseconds(run.cpu_seconds, run.scenes),
                "CPU ms/pair": _milliseconds(run.cpu_seconds, run.pairs),
            }
            for run in self.runs
        ]

    def part_rows(self) -> list[dict[str, Any]]:
        """Return a line for each part of a scene."""
        whole = self.runs[0].cpu_seconds or 1.0
        return [
            {
                "part": name,
                "CPU ms/scene": f"{seconds / self.runs[0].scenes * 1e3:.1f}",
                "share": f"{seconds / whole:.0%}",
            }
            for name, seconds in self.parts.items()
        ]


def measure(config: AudioEditConfig, open_catalog: OpenCatalog, workers: int) -> Speed:
    """Render the scenes of a configuration with one process and with several.

    Ingredients are indexed and scenes planned before the clock starts; processes are warm.

    Args:
        config: with a synthesis branch.
        open_catalog: returns the plugins.
        workers: most processes.
    """
    synthesis = config.synthesis
    assert synthesis is not None  # noqa: S101 - bench's profiles have the branch
    part = max(1, -(-synthesis.scenes // (4 * workers)))
    config = config.model_copy(update={"items_per_part": part})
    with tempfile.TemporaryDirectory(prefix="audioedit-bench-") as folder:
        first = Path(folder) / "one"
        workshop = _prepared(first, config, open_catalog)
        parts: dict[str, float] = defaultdict(float)
        with _timed(parts):
            runs = [_render(workshop, first, open_catalog, 1)]
        if workers > 1:
            second = Path(folder) / "all"
            runs.append(
                _render(_prepared(second, config, open_catalog), second, open_catalog, workers)
            )
    settings = {
        "sample_rate_hz": config.sample_rate_hz,
        "clip_seconds": config.clip_seconds,
        "bits": config.bits,
        "tasks": list(synthesis.tasks),
        "share_scenes": synthesis.share_scenes,
        "warps": synthesis.warps,
    }
    return Speed(settings, runs, dict(sorted(parts.items(), key=lambda item: -item[1])))


def _prepared(root: Path, config: AudioEditConfig, open_catalog: OpenCatalog) -> Workshop:
    workshop, job, steps = open_workshop(root, config, open_catalog)
    for name in ("ingredients", "plan_scenes"):
        run_steps(job, workshop, steps, _here(workshop), only=name)
    return workshop


def _render(workshop: Workshop, root: Path, open_catalog: OpenCatalog, processes: int) -> Run:
    _, job, steps = open_workshop(root, workshop.config, open_catalog)
    cpu: float | None
    if processes == 1:
        workshop.stage(RenderStage)
        began, used = time.perf_counter(), time.process_time()
        run_steps(job, workshop, steps, _here(workshop), only="render")
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    else:
        with LocalProcesses(processes) as execute:
            run_steps(job, workshop, steps, execute, only="render", limit=processes)  # warm
            began = time.perf_counter()
            run_steps(job, workshop, steps, execute, only="render")
            seconds = time.perf_counter() - began
        cpu = None
    made = [len(line.items) for p in _parts(workshop) for line in p.lines()]
    skipped = processes if processes > 1 else 0  # what warmed the processes
    share = (len(made) - skipped) / len(made)
    return Run(processes, len(made) - skipped, round(sum(made) * share), seconds, cpu)


def _milliseconds(seconds: float | None, count: int) -> str | None:
    return None if seconds is None else f"{seconds / count * 1e3:.0f}"


def _parts(workshop: Workshop) -> list[Any]:
    from .stages.parts import parts_in

    return parts_in(workshop.folder("render"))


def _here(workshop: Workshop) -> Callable[..., None]:
    def execute(job: Any, works: Any, tally: Any) -> None:
        in_this_process(job, works, tally, workshop=workshop)

    return execute


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Count the CPU time of the parts while the block runs."""
    real = {name: getattr(owner, attribute) for name, (owner, attribute) in PARTS.items()}
    for name, (owner, attribute) in PARTS.items():
        setattr(owner, attribute, _counting(real[name], name, spent))
    try:
        yield
    finally:
        for name, (owner, attribute) in PARTS.items():
            setattr(owner, attribute, real[name])


def _counting(function: Any, name: str, spent: dict[str, float]) -> Any:
    def counted(*arguments: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] += time.process_time() - began

    return counted
