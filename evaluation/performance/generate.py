"""Time, memory and operations of one generation: the fast path, and the naive one beside it.

Both integrate the same noise in the same process, step by step in turns, so that a busy machine
slows both alike. The naive path runs as the published implementation does: eager, with float32
weights, on CUDA under fp16 autocast. Shapes: B batch, C channels, T frames, D_c condition width.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from ...core.conditioning import Conditioning
from ...core.config import Config
from ...core.execution import (
    ExecutionConfig,
    apply_precision,
    autocast,
    check_execution,
    prepare_velocity,
)
from ...core.flow.guidance import GuidedVelocity
from ...core.flow.solvers import Euler, Velocity, time_grid
from ...core.models.dit import DiT
from ...core.training.run_facts import pick_device
from .flops import naive_flop_per_step, needed_flop_per_step
from .memory import PeakMemory
from .naive import NaiveVelocity
from .report import GenerateReport, PathReport
from .shapes import Shape, bench_shape

OUTPUT_STD = 0.05
"""Of weights that start at zero in a fresh network: zeros would leave nothing to compare."""


PUBLISHED_EXECUTION = ExecutionConfig(precision="fp16_autocast")
"""How the published implementation runs; on a CPU that is float32."""


class GenerateOptions(Config):
    """What to measure."""

    preset: str = Field(description="Name of a shape.")
    steps: int = Field(default=100, gt=0, description="Euler steps to measure.")
    seed: int = Field(default=0, ge=0, description="Decides weights, conditions and noise.")
    device: str = Field(default="auto", description="auto, cpu or cuda.")
    naive: bool = Field(default=False, description="Measure the naive path in turns as well.")
    execution: ExecutionConfig = Field(
        default_factory=ExecutionConfig, description="Of the fast path."
    )
    peak_tflops: float | None = Field(
        default=None, gt=0, description="Peak of the device in TFLOP/s, for the utilisation."
    )


@dataclass
class _Path:
    """One way of computing, on its way from noise to a latent."""

    name: Literal["fast", "naive"]
    velocity: Velocity
    x: Tensor
    prepare_seconds: float = 0.0
    peak_memory_bytes: int | None = None
    seconds: list[float] = field(default_factory=list)


@torch.no_grad()
def measure_generation(
    options: GenerateOptions, on_step: Callable[[int], None] | None = None
) -> GenerateReport:
    """Generate one clip of the shape, and report what it cost.

    Args:
        options: what to measure.
        on_step: called with the number of every step, from 1.

    Raises:
        ConfigError: for an unknown shape or device, or what the device cannot do.
    """
    shape, device = bench_shape(options.preset), pick_device(options.device)
    check_execution(options.execution, device)
    generator = torch.Generator().manual_seed(options.seed)
    dit = build_network(shape, generator).to(device)
    # A cast cannot be undone, so the naive path keeps a network of its own then.
    original = copy.deepcopy(dit) if options.naive and _casts(options.execution) else dit
    apply_precision(dit, options.execution)
    conditioning = synthetic_conditions(shape, generator, device)
    noise = torch.randn(1, shape.latent_channels, shape.frames, generator=generator).to(device)
    paths = [_fast_path(dit, conditioning, shape, noise, options.execution)]
    if options.naive:
        paths.append(_naive_path(original, conditioning, shape, noise))
    _integrate(paths, options.steps, device, on_step)
    return _report(options, shape, device, paths)


def build_network(shape: Shape, generator: torch.Generator) -> DiT:
    """Return a network with seeded weights, none of them zero."""
    dit = DiT(shape.dit, shape.latent_channels)
    dit.reset_parameters(generator)
    for parameter in dit.parameters():
        if parameter.ndim > 1 and not bool(parameter.any()):
            parameter.data.normal_(std=OUTPUT_STD, generator=generator)
    return dit.eval().requires_grad_(False)


def synthetic_conditions(
    shape: Shape, generator: torch.Generator, device: torch.device
) -> Conditioning:
    """Return seeded conditions (1, …, D_c) with the masks of a request."""

    def tokens(count: int) -> Tensor | None:
        if not count:
            return None
        return torch.randn(1, count, shape.dit.condition_width, generator=generator).to(device)

    pairs = zip(shape.context_tokens, shape.context_valid, strict=True)
    masks = [torch.arange(count) < valid for count, valid in pairs]
    prefix, aligned = tokens(shape.prefix_tokens), tokens(shape.aligned_tokens)
    return Conditioning(
        context=tokens(sum(shape.context_tokens)),
        context_mask=torch.cat(masks)[None].to(device),
        prefix=prefix,
        prefix_mask=None if prefix is None else torch.ones_like(prefix[..., 0], dtype=torch.bool),
        aligned=aligned,
        aligned_mask=None
        if aligned is None
        else torch.ones_like(aligned[..., 0], dtype=torch.bool),
    )


def _fast_path(
    dit: DiT, conditioning: Conditioning, shape: Shape, noise: Tensor, execution: ExecutionConfig
) -> _Path:
    guided = GuidedVelocity(dit, conditioning, shape.guidance_scale)
    path = _Path("fast", prepare_velocity(guided, execution), noise)
    memory = PeakMemory(noise.device)
    with autocast(execution, noise.device):
        start = time.perf_counter()
        guided.prepared_for(noise)
        _wait(noise.device)
    path.prepare_seconds = time.perf_counter() - start
    _warm_up(path, memory)
    return path


def _naive_path(dit: DiT, conditioning: Conditioning, shape: Shape, noise: Tensor) -> _Path:
    naive = NaiveVelocity(dit, conditioning, shape.guidance_scale)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        with autocast(PUBLISHED_EXECUTION, noise.device):
            return naive(x, t)

    path = _Path("naive", velocity, noise)
    _warm_up(path, PeakMemory(noise.device))
    return path


def _casts(execution: ExecutionConfig) -> bool:
    return execution.precision == "bfloat16"


def _warm_up(path: _Path, memory: PeakMemory) -> None:
    """Take a step that does not count: compile, capture, choose kernels, allocate."""
    path.velocity(path.x, torch.ones(1, device=path.x.device))
    _wait(path.x.device)
    path.peak_memory_bytes = memory.read()


def _integrate(
    paths: list[_Path], steps: int, device: torch.device, on_step: Callable[[int], None] | None
) -> None:
    """Bring every path from noise to a latent, in turns; who goes first alternates."""
    solver, grid = Euler(), time_grid(steps)
    for i in range(steps):
        t, dt = float(grid[i]), float(grid[i + 1] - grid[i])
        for path in paths if i % 2 == 0 else reversed(paths):
            start = time.perf_counter()
            path.x = solver.step(path.velocity, path.x, t, dt)
            _wait(device)
            path.seconds.append(time.perf_counter() - start)
        if on_step is not None:
            on_step(i + 1)


def _report(
    options: GenerateOptions, shape: Shape, device: torch.device, paths: list[_Path]
) -> GenerateReport:
    reports = [_path_report(path, shape, options.peak_tflops) for path in paths]
    compared: dict[str, float] = {}
    if options.naive:
        fast, naive = reports
        got, wanted = paths[0].x, paths[1].x
        compared = {
            "speedup": naive.step_seconds / fast.step_seconds,
            "speedup_min": naive.step_seconds_min / fast.step_seconds_min,
            "largest_difference": float((got - wanted).abs().max() / wanted.abs().max()),
        }
    cuda = device.type == "cuda"
    return GenerateReport(
        preset=options.preset,
        steps=options.steps,
        device=torch.cuda.get_device_name(device) if cuda else str(device),
        threads=torch.get_num_threads(),
        execution=options.execution.model_dump(mode="json"),
        paths=reports,
        **compared,
    )


def _path_report(path: _Path, shape: Shape, peak_tflops: float | None) -> PathReport:
    median = statistics.median(path.seconds)
    needed = needed_flop_per_step(shape)
    return PathReport(
        path=path.name,
        step_seconds=median,
        step_seconds_min=min(path.seconds),
        prepare_seconds=path.prepare_seconds,
        clip_seconds=path.prepare_seconds + sum(path.seconds),
        flop_per_step=needed if path.name == "fast" else naive_flop_per_step(shape),
        peak_memory_bytes=path.peak_memory_bytes,
        utilisation=None if peak_tflops is None else needed / median / (peak_tflops * 1e12),
    )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
