"""Measures what a score costs: time, memory, what a second run and a second process gain."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from pydantic import Field

from ...core.catalog import Catalog
from ...core.config import Config
from ...core.data.uri import open_source
from ...core.errors import DataError
from ...core.media.audio import Waveform, fit, save_waveform
from ...core.source import DataSource
from ..scoring.config import ScoreOptions
from ..scoring.scoring import score
from .memory import PeakMemory
from .metrics_report import MetricsReport, ScoreCost
from .statistics import measure_statistics

SOURCE = "soundworld:sounds"
NOISE_DB = -30.0
SCENES = 50
"""Scenes that are rendered; further clips are these at other levels, and other files for that."""

OnClip = Callable[[int, int], None]
Result = TypeVar("Result")


class _Scored(NamedTuple):
    seconds: float
    cpu_seconds: float
    peak: int | None
    computed: int
    values: dict[str, Any]


class MetricsOptions(Config):
    """What to measure."""

    metrics: tuple[str, ...] = Field(min_length=1, description="Metrics of clips.")
    options: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Their options.")
    clips: int = Field(default=1000, ge=2, description="Pairs of clips.")
    clip_seconds: float = Field(default=10.0, ge=1, le=30, description="Length of each.")
    sample_rate_hz: int = Field(default=16000, ge=8000, le=48000, description="Of the files.")
    processes: int = Field(default=2, ge=2, description="Processes of the third run.")
    vectors: int = Field(
        default=100_000, ge=0, description="Vectors of each of two sets, whose distance is timed."
    )
    width: int = Field(default=2048, ge=1, description="Of such a vector.")


def measure_metrics(
    options: MetricsOptions, open_catalog: Callable[[], Catalog], on_clip: OnClip | None = None
) -> MetricsReport:
    """Render clips into a folder that is then removed, and score them three times.

    Each score has a process of its own, whose memory is that of the score.

    Args:
        options: what to measure.
        open_catalog: returns the plugins; has to be picklable.
        on_clip: called with (clips rendered, clips in all).

    Raises:
        AudioOmniError: as the clips are rendered and scored.
    """
    with tempfile.TemporaryDirectory(prefix="audio-omni-bench-") as folder:
        root = Path(folder)
        _render(options, open_catalog(), root, on_clip)
        known, shared = root / "known", root / "shared"
        several = options.processes
        plan = [
            ("one process", known, 1),
            ("again, all known", known, 1),
            (f"{several} processes", shared, several),
        ]
        found = [
            _alone(partial(_score, options, open_catalog, root, cache, count))
            for _, cache, count in plan
        ]
    costs = [
        ScoreCost(
            what, one.seconds, one.cpu_seconds, options.clips / one.seconds, one.peak, one.computed
        )
        for (what, *_), one in zip(plan, found, strict=True)
    ]
    counted = partial(measure_statistics, options.vectors, options.width)
    first, again, together = costs
    return MetricsReport(
        metrics=options.metrics,
        clips=options.clips,
        clip_seconds=options.clip_seconds,
        sample_rate_hz=options.sample_rate_hz,
        costs=costs,
        known_share=again.seconds / first.seconds,
        speedup=first.seconds / together.seconds,
        cpu_ratio=together.cpu_seconds / first.cpu_seconds,
        is_equal=all(one.values == found[0].values for one in found),
        statistics=_alone(counted) if options.vectors else None,
    )


def _render(options: MetricsOptions, catalog: Catalog, root: Path, on_clip: OnClip | None) -> None:
    """Write clips of the embedded world, and the same with noise, which is to be measured."""
    values = {"rows": SCENES, "sample_rate_hz": options.sample_rate_hz}
    source = open_source(SOURCE, {**values, "clip_seconds": options.clip_seconds}, catalog)
    samples = round(options.clip_seconds * options.sample_rate_hz)
    generator = torch.Generator().manual_seed(0)
    for side in ("generated", "reference"):
        (root / side).mkdir()
    scenes: list[Waveform] = []
    for number in range(options.clips):
        if number < SCENES:
            scenes.append(fit(_rendered(source, number), samples))
        scene, level = scenes[number % SCENES], 0.99 ** (number // SCENES)
        clip = Waveform(scene.samples * level, scene.sample_rate_hz)
        noise = 10.0 ** (NOISE_DB / 20.0) * torch.randn(clip.samples.shape, generator=generator)
        noisy = Waveform(clip.samples + noise, clip.sample_rate_hz)
        save_waveform(clip, root / "reference" / f"{number:06d}.wav")
        save_waveform(noisy, root / "generated" / f"{number:06d}.wav")
        if on_clip is not None:
            on_clip(number + 1, options.clips)


def _rendered(source: DataSource, number: int) -> Waveform:
    audio = source.row(number).audio
    if audio is None:
        raise DataError(f"Row {number} of {SOURCE} has no clip; expected one to measure.")
    return audio()


def _alone(work: Callable[[], Result]) -> Result:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work).result()


def _score(
    options: MetricsOptions,
    open_catalog: Callable[[], Catalog],
    root: Path,
    cache: Path,
    processes: int,
) -> _Scored:
    """Return what a score took, and the values of clips and sets."""
    asked = ScoreOptions(
        metrics=options.metrics,
        options=options.options,
        generated=root / "generated",
        reference=root / "reference",
    )
    memory = PeakMemory(torch.device("cpu"))
    peaks: list[int] = []

    def watch(*_: object) -> None:
        known = (memory.read(), memory.read_children())
        peaks[:] = [max(peak for peak in (0, *peaks, *known) if peak is not None)]

    began, cpu = time.perf_counter(), _cpu_seconds()
    report = score(asked, open_catalog, cache, processes=processes, on_progress=watch).report
    seconds = time.perf_counter() - began
    watch()
    return _Scored(
        seconds=seconds,
        cpu_seconds=_cpu_seconds() - cpu,
        peak=peaks[0] or None,
        computed=int(report.made["computed"]),
        values={
            "results": {result.name: result.to_dict() for result in report.results},
            "clips": report.clips,
        },
    )


def _cpu_seconds() -> float:
    """Return the seconds of processor time of this process and of those it has waited for."""
    return sum(os.times()[:4])
