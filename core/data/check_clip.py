"""Check one file that a manifest lists: it is there, can be read, and sounds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MediaError
from .check_options import CheckOptions
from .findings import ERROR, WARNING, Finding

_CLIPPED_RUN = 4


@dataclass(frozen=True)
class ListedClip:
    """One file to look at; travels to the workers."""

    line: int
    id: str | None
    field: str
    path: str
    rate: int | None
    duration_s: float | None


def check_clip(clip: ListedClip, options: CheckOptions) -> tuple[list[Finding], str | None]:
    """Return what is wrong with one file, and a hash of its decoded sound."""
    from ..media.audio import load_waveform

    findings: list[Finding] = []

    def add(kind: str, message: str, severity: str = ERROR) -> None:
        findings.append(Finding(clip.line, clip.id, severity, kind, f"{clip.field}: {message}"))

    if not Path(clip.path).exists():
        add("missing file", f"{clip.path} does not exist")
        return findings, None
    try:
        waveform = load_waveform(clip.path, max_seconds=options.max_seconds)
    except MediaError as failure:
        add("unreadable", str(failure))
        return findings, None
    samples = waveform.samples.numpy()
    peak = float(np.abs(samples).max())
    if peak < 10 ** (options.mute_dbfs / 20):
        add("mute", f"its peak is below {options.mute_dbfs:g} dBFS")
    if runs := clipped_runs(samples):
        add("clipped", f"{runs} runs of at least {_CLIPPED_RUN} samples at its peak", WARNING)
    if waveform.seconds < options.min_seconds:
        add("too short", f"lasts {waveform.seconds:.3f} s; expected {options.min_seconds:g} s")
    if clip.rate is not None and clip.rate != waveform.sample_rate_hz:
        add("wrong rate", f"is at {waveform.sample_rate_hz} Hz; expected {clip.rate} Hz")
    off = None if clip.duration_s is None else abs(clip.duration_s - waveform.seconds)
    if off is not None and off > options.duration_tolerance_s:
        add("wrong duration", f"lasts {waveform.seconds:.3f} s; duration_s is {clip.duration_s:g}")
    content = hashlib.blake2b(f"{waveform.sample_rate_hz} {samples.shape}".encode(), digest_size=16)
    content.update(samples.tobytes())
    return findings, content.hexdigest()


def clipped_runs(samples: np.ndarray[Any, Any]) -> int:
    """Return how often samples (C, N) stay at a peak of full scale, or beyond, for a while."""
    at_peak = np.abs(samples) >= 0.999
    padded = np.pad(at_peak.astype(np.int8), ((0, 0), (1, 1)))
    edges = np.diff(padded, axis=1)
    lengths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    return int((lengths >= _CLIPPED_RUN).sum())
