"""How fast pairs are made, and where the time of a scene goes."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from .ceiling import ceilings, kernels
from .config import AudioEditConfig
from .speed_report import Run, Speed
from .stages.local import LocalProcesses
from .stages.parts import parts_in
from .stages.runner import in_this_process, run_steps
from .stages.workshop import OpenCatalog
from .stopwatch import listening
from .workspace import open_workshop

PARTS_A_PROCESS = 16
"""The first warms a process and is not counted; of few, one process would idle at the end."""


def measure(
    config: AudioEditConfig, open_catalog: OpenCatalog, workers: int, **timing: Any
) -> Speed:
    """Render the scenes of a configuration with one process and with several.

    Ingredients are indexed and scenes planned before the clock starts, and each process renders
    some scenes that do not count. One process renders half of the scenes before the others and
    half after, so that both are slowed alike by whatever else runs; then the machine is measured.

    Args:
        config: with a synthesis branch.
        open_catalog: returns the plugins.
        workers: most processes.
        timing: of `ceilings`: ``seconds`` of a turn, ``rounds``.
    """
    synthesis = config.synthesis
    assert synthesis is not None  # noqa: S101 - bench's profiles have the branch
    part = max(1, synthesis.scenes // (PARTS_A_PROCESS * workers))
    config = config.model_copy(update={"items_per_part": part})
    warm, half = part * workers, part * (-(-synthesis.scenes // part) // 2)
    with tempfile.TemporaryDirectory(prefix="audioedit-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        alone = _Bench(folder / "one", config, open_catalog)
        alone.prepare()
        if workers == 1:
            return Speed(_settings(config), [alone.render(alone.warm_up(warm))], alone.parts)
        shutil.copytree(folder / "one", folder / "all")
        first = alone.render(alone.warm_up(warm), until=half)
        crew = stack.enter_context(LocalProcesses(workers))
        together = _Bench(folder / "all", config, open_catalog, crew)
        runs = [together.render(together.warm_up(warm))]
        runs.insert(0, first.plus(alone.render()))
        allowed = ceilings(kernels(folder, alone.warper()), workers, **timing)
    return Speed(_settings(config), runs, alone.parts, allowed)


class _Bench:
    """A data set whose scenes are rendered piece by piece, by one process or by a crew."""

    def __init__(
        self,
        root: Path,
        config: AudioEditConfig,
        open_catalog: OpenCatalog,
        crew: LocalProcesses | None = None,
    ) -> None:
        self.workshop, self.job, self.steps = open_workshop(root, config, open_catalog)
        self.crew = crew
        self.parts: dict[str, float] = defaultdict(float)

    def prepare(self) -> None:
        """Index the ingredients and plan the scenes."""
        for name in ("ingredients", "plan_scenes"):
            self._run(name, None)

    def warm_up(self, until: int) -> float:
        """Render scenes that do not count; return how many seconds that took."""
        began = time.perf_counter()
        self._run("render", until)
        return time.perf_counter() - began

    def render(self, start_seconds: float = 0.0, until: int | None = None) -> Run:
        """Render what is left of the scenes below a number, and return what was measured."""
        before, used, began = len(self._pairs()), self._cpu_seconds(), time.perf_counter()
        with listening() as spent:
            self._run("render", until)
        seconds, cpu = time.perf_counter() - began, self._cpu_seconds() - used
        for name, value in spent.items():
            self.parts[name] += value
        made = self._pairs()[before:]
        processes = self.crew.workers if self.crew else 1
        return Run(processes, len(made), sum(made), start_seconds, seconds, cpu)

    def warper(self) -> Any:
        """Return what warps the sounds, or `None` where nothing does."""
        synthesis = self.workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - bench's profiles have the branch
        return self.workshop.provider("warper", synthesis.warper) if synthesis.warps else None

    def _run(self, stage: str, until: int | None) -> None:
        execute = self.crew or partial(in_this_process, workshop=self.workshop)
        run_steps(self.job, self.workshop, self.steps, execute, only=stage, limit=until)

    def _cpu_seconds(self) -> float:
        return self.crew.cpu_seconds if self.crew else time.process_time()

    def _pairs(self) -> list[int]:
        """Return how many pairs each scene gave that has an outcome, in order."""
        parts = parts_in(self.workshop.folder("render"))
        return [len(line.items) for part in parts for line in part.lines()]


def _settings(config: AudioEditConfig) -> Mapping[str, Any]:
    """Return what decides the work of a scene."""
    synthesis = config.synthesis
    assert synthesis is not None  # noqa: S101 - bench's profiles have the branch
    return {
        "sample_rate_hz": config.sample_rate_hz,
        "clip_seconds": config.clip_seconds,
        "bits": config.bits,
        "tasks": list(synthesis.tasks),
        "share_scenes": synthesis.share_scenes,
        "warps": synthesis.warps,
    }
