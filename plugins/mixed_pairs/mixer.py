"""Render a pair from its plan. Arrays are (N,) float64, mono, until the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from ...core.errors import DataError, MediaError
from ...core.media.audio import crop, load_waveform, resample, to_channels
from ...core.media.waveform import Waveform
from .spec import PairSpec, PlacedEvent

Array = np.ndarray[Any, Any]

PEAK = 0.95
_TINY = 1e-12


@dataclass(frozen=True)
class Pair:
    """What an edit starts from, and what it should give."""

    source: Waveform
    target: Waveform


def render(spec: PairSpec) -> Pair:
    """Return source and target of a pair; their difference is the edited event, exactly.

    Raises:
        DataError: if a recording cannot be read or is too short; names the pair and the file.
    """
    try:
        source, target = mix(spec)
    except MediaError as failure:
        raise DataError(f"Pair '{spec.id}': {failure}") from None
    return Pair(_finish(source, spec), _finish(target, spec))


def mix(spec: PairSpec) -> tuple[Array, Array]:
    """Return source and target (N,) under one common gain."""
    total = int(spec.seconds * spec.sample_rate_hz)
    background = _background(spec, total)
    power = max(float((background**2).mean()), spec.least_power) + _TINY
    tracks = [place(event, power, total, spec) for event in spec.events]
    full = background + sum(tracks)
    event = tracks[spec.target]
    source, target = _pair(spec, full, event, power)
    gain = min(1.0, PEAK / max(_peak(source), _peak(target), 1e-9))
    return source * gain, target * gain


def place(event: PlacedEvent, background_power: float, total: int, spec: PairSpec) -> Array:
    """Return the track (total,) with an event at its onset and level, silent elsewhere."""
    rate = spec.sample_rate_hz
    start, length = int(event.start_s * rate), int(event.length_s * rate)
    clip = mono_clip(event.file, rate)[start : start + length].astype(np.float64)
    if not len(clip):
        raise DataError(
            f"Pair '{spec.id}': nothing is left of {event.file} from {event.start_s} s on; "
            "expected an event. Correct its active_start_s."
        )
    power = float((clip**2).mean()) + _TINY
    clip = clip * np.sqrt(background_power * 10 ** (event.snr_db / 10) / power)
    track = np.zeros(total)
    onset = int(event.onset_s * rate)
    track[onset : onset + len(clip)] = clip[: total - onset]
    return track


@lru_cache(maxsize=128)
def mono_clip(path: str, sample_rate_hz: int) -> Array:
    """Return a recording (N,) float32, mixed to mono at a rate; the latest ones are kept.

    Raises:
        MediaError: if it cannot be read.
    """
    clip = resample(to_channels(load_waveform(path), 1), sample_rate_hz)
    samples = clip.samples[0].numpy()
    samples.flags.writeable = False
    return samples


def _background(spec: PairSpec, total: int) -> Array:
    start = int(spec.background_start_s * spec.sample_rate_hz)
    clip = mono_clip(spec.background, spec.sample_rate_hz)[start:].astype(np.float64)
    if len(clip) < total and not (spec.repeats_background and len(clip)):
        raise DataError(
            f"Pair '{spec.id}': background {spec.background} has {len(clip)} samples from "
            f"{spec.background_start_s} s on; expected {total}."
        )
    return np.resize(clip, total)  # repeats a short one, cuts a long one


def _repetition(spec: PairSpec, total: int) -> tuple[str, ...]:
    have = len(mono_clip(spec.background, spec.sample_rate_hz))
    have -= int(spec.background_start_s * spec.sample_rate_hz)
    if have >= total:
        return ()
    return (f"background of {have / spec.sample_rate_hz:.3f} s repeated to {spec.seconds:g} s",)


def _pair(spec: PairSpec, full: Array, event: Array, power: float) -> tuple[Array, Array]:
    if spec.task == "add":
        return full - event, full
    if spec.task == "remove":
        return full, full - event
    if spec.task == "extract":
        return full, event
    if spec.replacement is None:
        raise DataError(f"Pair '{spec.id}' of task 'replace' has no new event.")
    return full, full - event + place(spec.replacement, power, len(full), spec)


def _peak(samples: Array) -> float:
    return float(np.abs(samples).max())


def _finish(samples: Array, spec: PairSpec) -> Waveform:
    files: Sequence[str] = [spec.background, *(event.file for event in spec.events)]
    tensor = torch.from_numpy(samples.astype(np.float32))[None]
    note = f"mixed {len(files)} recordings to mono at {spec.sample_rate_hz} Hz"
    clip = Waveform(tensor, spec.sample_rate_hz, (note, *_repetition(spec, len(samples))))
    if spec.window_s is None:
        return clip
    start, length = (round(s * spec.sample_rate_hz) for s in spec.window_s)
    return crop(clip, min(start, tensor.shape[1] - length), length)
