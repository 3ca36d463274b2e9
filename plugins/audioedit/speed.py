"""How fast pairs are made, and where the time of a scene goes."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from .ceiling import Ceiling, ceilings, kernels
from .config import AudioEditConfig
from .speed_report import Run, Speed
from .stages.local import LocalProcesses
from .stages.parts import parts_in
from .stages.runner import Executor, in_this_process, run_steps
from .stages.workshop import OpenCatalog, Workshop
from .stopwatch import listening
from .workspace import open_workshop

PARTS_A_PROCESS = 16
"""The first warms a process and is not counted; of few, one process would idle at the end."""


def measure(
    config: AudioEditConfig, open_catalog: OpenCatalog, workers: int, **timing: Any
) -> Speed:
    """Render the scenes of a configuration with one process and with several.

    Ingredients are indexed and scenes planned before the clock starts, and each process renders
    some scenes that do not count. What the machine allows is measured before and after.

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
    with tempfile.TemporaryDirectory(prefix="audioedit-bench-") as folder:
        roots = [Path(folder) / name for name in ("one", "all")[: min(workers, 2)]]
        _prepare(roots[0], config, open_catalog)
        for root in roots[1:]:
            shutil.copytree(roots[0], root)
        one = partial(_render, config=config, open_catalog=open_catalog, warm=part * workers)
        run, parts = one(roots[0], processes=1)
        runs, allowed = [run], list[Ceiling]()
        if workers > 1:
            warper = _warper(roots[0], config, open_catalog)
            runs.append(one(roots[1], processes=workers)[0])
            allowed = ceilings(kernels(Path(folder), warper), workers, **timing)
    return Speed(_settings(config), runs, parts, allowed)


def _prepare(root: Path, config: AudioEditConfig, open_catalog: OpenCatalog) -> None:
    workshop, job, steps = open_workshop(root, config, open_catalog)
    for name in ("ingredients", "plan_scenes"):
        run_steps(job, workshop, steps, partial(in_this_process, workshop=workshop), only=name)


def _render(
    root: Path, config: AudioEditConfig, open_catalog: OpenCatalog, warm: int, processes: int
) -> tuple[Run, dict[str, float]]:
    """Return a run, and of one process what the parts of a scene took."""
    workshop, job, steps = open_workshop(root, config, open_catalog)
    with ExitStack() as stack:
        execute: Executor = partial(in_this_process, workshop=workshop)
        crew = None
        if processes > 1:
            execute = crew = stack.enter_context(LocalProcesses(processes))
        began = time.perf_counter()
        run_steps(job, workshop, steps, execute, only="render", limit=warm)
        before = _pairs(workshop)
        spent = stack.enter_context(listening())
        used = crew.cpu_seconds if crew else time.process_time()
        started = time.perf_counter()
        run_steps(job, workshop, steps, execute, only="render")
        seconds = time.perf_counter() - started
        cpu = (crew.cpu_seconds if crew else time.process_time()) - used
    made = _pairs(workshop)[len(before) :]
    return Run(processes, len(made), sum(made), started - began, seconds, cpu), dict(spent)


def _pairs(workshop: Workshop) -> list[int]:
    """Return how many pairs each scene gave that has an outcome, in order."""
    parts = parts_in(workshop.folder("render"))
    return [len(line.items) for part in parts for line in part.lines()]


def _warper(root: Path, config: AudioEditConfig, open_catalog: OpenCatalog) -> Any:
    """Return what warps the sounds, or `None` where nothing does."""
    workshop, _, _ = open_workshop(root, config, open_catalog)
    synthesis = config.synthesis
    assert synthesis is not None  # noqa: S101 - bench's profiles have the branch
    return workshop.provider("warper", synthesis.warper) if synthesis.warps else None


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
