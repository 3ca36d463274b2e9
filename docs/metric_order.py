"""Score real clips against better and worse ones: ``python docs/metric_order.py SETS RUN WORK``.

SETS is the folder with ``esc10``, RUN a run of recipe ``real_full``, WORK a folder for the
listening network. It learns from folds 1 and 2 of ESC-10; 3 is scored, 4 is the other half of a
metric of sets; of each clip the first 3 s that are audible. Of every metric one line is printed:
of the clips as they are, after MP3 at its lowest rate, as the model makes them from the captions,
and as white noise of the same level.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from audio_omni import Heard, Measured, Waveform, build_metric
from audio_omni.core.embedding_metric import EmbeddingMetric
from audio_omni.core.media.audio import load_waveform, resample, to_channels
from audio_omni.core.metric_result import MetricResult
from audio_omni.core.training.restore import restore_model
from audio_omni.evaluation.event_classifier import EventClassifier
from audio_omni.plugins.manager import build_plugin_manager

SECONDS, RATE, SEED = 3.0, 16000, 0
COLUMNS = ("real", "MP3", "nano", "noise")
OF_SETS = ("fad", "frechet_distance", "kad", "inception_score")
OF_PAIRS = ("kl_divergence", "lsd", "log_mel_distance", "si_sdr", "own_recording_nearer")

Clips = Mapping[str, Waveform]


def rows_of(sets: Path, folds: Sequence[int]) -> list[dict[str, Any]]:
    """Return ESC-10's rows of some folds."""
    lines = (sets / "esc10" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["fold"] in folds]


def clip_of(sets: Path, row: Mapping[str, Any]) -> Waveform:
    """Return the first 3 s that are audible, mono at 16 kHz, padded with silence."""
    whole = to_channels(resample(load_waveform(sets / "esc10" / row["path"]), RATE), 1)
    samples = whole.samples[:, int(row["active_start_s"] * RATE) :][:, : int(SECONDS * RATE)]
    padded = torch.nn.functional.pad(samples, (0, int(SECONDS * RATE) - samples.shape[1]))
    return Waveform(padded, RATE)


def through_mp3(clip: Waveform) -> Waveform:
    """Return a clip after MP3 at the lowest rate that the encoder has."""
    file = BytesIO()
    soundfile.write(file, clip.samples[0].numpy(), RATE, format="MP3", compression_level=0.99)
    file.seek(0)
    samples = soundfile.read(file, dtype="float32")[0][: clip.samples.shape[1]]
    missing = clip.samples.shape[1] - samples.size
    return Waveform(torch.from_numpy(np.pad(samples, (0, missing)))[None], RATE)


def as_noise(clip: Waveform, seed: int) -> Waveform:
    """Return white noise with the level of a clip."""
    noise = torch.randn(clip.samples.shape, generator=torch.Generator().manual_seed(seed))
    return Waveform(noise * clip.samples.square().mean().sqrt(), RATE)


def made_by(run: Path, rows: Sequence[Mapping[str, Any]], catalog: Any) -> dict[str, Waveform]:
    """Return what a model makes of the captions."""
    pipeline = restore_model(run, catalog, "cpu")
    made = {}
    for first in range(0, len(rows), 16):
        batch = rows[first : first + 16]
        requests = [{"prompt": row["caption"], "seconds": SECONDS} for row in batch]
        seeds = [SEED + first + i for i in range(len(batch))]
        results = pipeline.run("text_to_audio", requests, seeds=seeds)
        for row, result in zip(batch, results, strict=True):
            made[row["id"]] = to_channels(resample(result.waveform, RATE), 1)
    return made


def of_sets(metric: Any, clips: Clips, reference: Clips) -> MetricResult:
    """Return a metric of two sets without pairs."""
    assert isinstance(metric, EmbeddingMetric) and metric.ear is not None  # noqa: S101, PT018
    for name, embedding in zip(clips, metric.ear.hear(list(clips.values())), strict=True):
        metric.add(Heard(name, embedding))
    for name, embedding in zip(reference, metric.ear.hear(list(reference.values())), strict=True):
        metric.add(Heard(name, None, embedding))
    result: MetricResult = metric.compute()
    return result


def of_pairs(
    metric: Any, clips: Clips, reference: Clips, labels: Mapping[str, str]
) -> MetricResult:
    """Return a metric of clips beside their references."""
    rows = [
        Measured(clip, reference[name], truth={"label": labels[name]}, id=name)
        for name, clip in clips.items()
    ]
    if metric.name == "own_recording_nearer":
        metric = type(metric)(metric.config, recordings=rows)
    for row in rows:
        metric.update(row)
    result: MetricResult = metric.compute()
    return result


def said(result: MetricResult) -> str:
    """Return a value with its interval, if it has one."""
    if result.interval is None:
        return f"{result.value:.3g}"
    return f"{result.value:.3g} [{result.interval[0]:.3g}, {result.interval[1]:.3g}]"


def main(sets: Path, run: Path, work: Path) -> None:
    """Print the table."""
    catalog = build_plugin_manager(entry_points=False)
    lessons = rows_of(sets, (1, 2))
    listener = work / "esc10.safetensors"
    if not listener.is_file():
        clips = [clip_of(sets, row) for row in lessons]
        EventClassifier.fit(clips, [row["label"] for row in lessons], SEED, epochs=60).save(
            listener
        )
    mine, others = rows_of(sets, (3,)), rows_of(sets, (4,))
    real = {row["id"]: clip_of(sets, row) for row in mine}
    reference = {row["id"]: clip_of(sets, row) for row in others}
    labels = {row["id"]: row["label"] for row in mine}
    columns: dict[str, Clips] = {
        "real": real,
        "MP3": {name: through_mp3(clip) for name, clip in real.items()},
        "nano": made_by(run, mine, catalog),
        "noise": {name: as_noise(clip, i) for i, (name, clip) in enumerate(real.items())},
    }
    own = {"name": "event_listener", "options": {"weights": str(listener)}}
    sys.stdout.write(f"| Metric | {' | '.join(COLUMNS)} | n |\n| {' | '.join(['---'] * 6)} |\n")
    for name in (*OF_SETS, *OF_PAIRS):
        options = (
            {"embedder": own} if "embedder" in catalog.metrics.get(name).config.model_fields else {}
        )
        found = []
        for column in COLUMNS:
            metric = build_metric(name, catalog, options)
            if name in OF_SETS:
                found.append(of_sets(metric, columns[column], reference))
            else:
                found.append(of_pairs(metric, columns[column], real, labels))
        arrow = "↓" if found[0].direction == "lower" else "↑"
        line = f"| `{name}` {arrow} | {' | '.join(map(said, found))} | {found[0].n} |\n"
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
