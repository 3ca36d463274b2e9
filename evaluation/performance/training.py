"""Measures the steps of a recipe as they are: its data, its networks, its optimiser.

Nothing is left out or simulated: the run of `core.training.session.train` is timed from inside.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field
from torch.utils.flop_counter import FlopCounterMode

from ...core.catalog import Catalog
from ...core.config import Config
from ...core.errors import ConfigError
from ...core.events import StepEnd
from ...core.recipe import Recipe, resolve_recipe
from ...core.stopwatch import Stopwatch
from ...core.training.run_facts import pick_device
from ...core.training.session import train
from .memory import PeakMemory
from .training_report import TrainingReport

OnPool = Callable[[int, int], None]

CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


class TrainingOptions(Config):
    """What to measure."""

    steps: int = Field(default=20, gt=0, description="Steps to measure.")
    warmup: int = Field(default=3, ge=2, description="Steps before, which do not count.")
    device: str = Field(default="auto", description="auto, cpu or cuda.")
    peak_tflops: float | None = Field(
        default=None, gt=0, description="Peak of the device in TFLOP/s, for the utilisation."
    )
    clock: Literal["wall", "processor"] = Field(
        default="wall",
        description="What seconds are: of the clock on the wall, or of this process's threads "
        "together, which other programs do not lengthen.",
    )


def measure_training(
    recipe: Recipe, catalog: Catalog, options: TrainingOptions, on_pool: OnPool | None = None
) -> TrainingReport:
    """Train a recipe for some steps in a folder that is then removed; report what a step costs.

    Args:
        recipe: the resolved recipe; evaluation, tracking and its steps are replaced.
        catalog: where plugins are looked up.
        options: what to measure.
        on_pool: called with (rows done, rows in all) while a pool is built.

    Raises:
        ConfigError: if processor time is asked for and the work is done by another device.
        AudioOmniError: as the training raises.
    """
    device = pick_device(options.device)
    if options.clock == "processor" and device.type != "cpu":
        raise ConfigError(
            f"Got the processor's time, and device {device}, whose work it does not count; "
            "expected device cpu with it."
        )
    probe = _Probe(options, device)
    with tempfile.TemporaryDirectory(prefix="audio-omni-bench-") as folder, probe.watch.running():
        train(
            _shortened(recipe, options),
            catalog,
            Path(folder) / "run",
            device=options.device,
            observers=[probe],
            on_pool=on_pool,
        )
    return probe.report(recipe)


def _shortened(recipe: Recipe, options: TrainingOptions) -> Recipe:
    values = recipe.model_dump(mode="json")
    steps = options.warmup + options.steps
    values["train"] |= {
        "steps": steps,
        "max_minutes": None,
        "checkpoint_every": steps,
        "log_every": 1,
        "task_gradients_every": None,
    }
    values["evaluation"]["every"] = None
    values["tracking"]["observers"] = []
    return resolve_recipe(values, where="Recipe of bench train")


class _Probe:
    """Takes the time between the ends of steps, and counts the operations of one before."""

    def __init__(self, options: TrainingOptions, device: torch.device) -> None:
        self.options, self.device = options, device
        self.now = CLOCKS[options.clock]
        self.watch = Stopwatch(self._wait, self.now)
        self.counter = FlopCounterMode(display=False)
        self.memory = PeakMemory(device)
        self.ended: list[float] = []
        self.steps: list[StepEnd] = []

    def __call__(self, event: Any) -> None:
        if not isinstance(event, StepEnd):
            return
        if event.step == self.options.warmup - 1:
            self.counter.__enter__()  # until the end of the next step
        elif event.step == self.options.warmup:
            self.counter.__exit__(None, None, None)
            self.watch.reset()
            self.ended.append(self.now())
        elif event.step > self.options.warmup:
            self.ended.append(self.now())
            self.steps.append(event)

    def report(self, recipe: Recipe) -> TrainingReport:
        took = [b - a for a, b in zip(self.ended, self.ended[1:], strict=False)]
        total, count = sum(took), len(took)
        seconds = {name: value / count for name, value in sorted(self.watch.seconds.items())}
        seconds["other"] = max(0.0, total / count - sum(seconds.values()))
        flop = float(self.counter.get_total_flops())
        median = statistics.median(took)
        peak = self.options.peak_tflops
        cuda = self.device.type == "cuda"
        return TrainingReport(
            recipe=recipe.name,
            steps=count,
            device=torch.cuda.get_device_name(self.device) if cuda else str(self.device),
            threads=torch.get_num_threads(),
            clock=self.options.clock,
            batch_size=recipe.loader.batch_size,
            step_seconds=median,
            examples_per_s=count * recipe.loader.batch_size / total,
            frames_per_s=sum(step.frames for step in self.steps) / total,
            padding=statistics.mean(step.padding for step in self.steps),
            seconds=seconds,
            flop_per_step=flop,
            utilisation=None if peak is None else flop / median / (peak * 1e12),
            peak_memory_bytes=self.memory.read(),
        )

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
