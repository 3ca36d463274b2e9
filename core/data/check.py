"""Check a manifest and its audio before a run does: every finding with its row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from ..config import Config
from ..errors import MediaError
from .entry_source import CLIPS
from .jsonl import read_lines
from .manifest_entries import mapped_fields
from .manifest_options import ManifestOptions

ERROR, WARNING = "error", "warning"
OnProgress = Callable[[int, int], None]

_MOJIBAKE = re.compile("[ÃÂâ][\u0080-\u00bf\u20ac\u2122\u0153\u201a-\u201e]|\ufffd")
"""What UTF-8 looks like once it was read as Latin-1 or Windows-1252."""
_CLIPPED_RUN = 4
_CHUNK = 8
_WORTH_A_POOL = 64


class CheckOptions(Config):
    """What counts as wrong."""

    field_map: dict[str, str] = Field(default_factory=dict, description="As for manifests.")
    sample_rate_hz: int | None = Field(
        default=None, gt=0, description="Rate to expect; left out: each row's sample_rate."
    )
    min_seconds: float = Field(default=0.1, ge=0, description="Shorter clips are too short.")
    max_seconds: float = Field(default=3600.0, gt=0, description="Longer clips are not read.")
    mute_dbfs: float = Field(default=-60.0, description="Clips whose peak is below it are mute.")
    duration_tolerance_s: float = Field(default=0.1, ge=0)
    workers: int = Field(default=2, ge=0, description="Processes; 0 checks in this one.")


@dataclass(frozen=True)
class Finding:
    """Something wrong with a row.

    Attributes:
        line: its line in the manifest, from 1.
        id: its id; `None` when it has none.
        severity: ``"error"`` or ``"warning"``.
        kind: one word or two, for counting.
        message: what was got and expected.
    """

    line: int
    id: str | None
    severity: str
    kind: str
    message: str


@dataclass(frozen=True)
class Report:
    """All findings, in the order of the rows.

    Attributes:
        manifest: path of the manifest.
        rows: number of rows.
        findings: everything found.
    """

    manifest: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of findings by kind, sorted by kind."""
        kinds = [finding.kind for finding in self.findings]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    @property
    def errors(self) -> int:
        """Return the number of findings of severity error."""
        return sum(finding.severity == ERROR for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "manifest": self.manifest,
            "rows": self.rows,
            "errors": self.errors,
            "counts": self.counts,
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True)
class _Clip:
    """One file to look at; travels to the workers."""

    line: int
    id: str | None
    field: str
    path: str
    rate: int | None
    duration_s: float | None


def check_manifest(
    path: Path, options: CheckOptions, on_progress: OnProgress | None = None
) -> Report:
    """Return everything that is wrong with a manifest and its audio.

    Args:
        path: the manifest.
        options: what counts as wrong.
        on_progress: called with (files done, files in all).

    Raises:
        DataError: if the manifest itself cannot be read.
    """
    findings: list[Finding] = []
    clips: list[_Clip] = []
    seen: dict[str, int] = {}
    rows = 0
    for line, raw in read_lines(path):
        rows += 1
        if isinstance(raw, str):
            kind = "encoding" if raw.startswith("not UTF-8") else "bad json"
            findings.append(Finding(line, None, ERROR, kind, raw))
            continue
        fields = mapped_fields(raw, ManifestOptions(field_map=options.field_map))
        findings += _check_fields(line, fields, seen)
        clips += _clips(line, fields, path.parent, options)
    if rows == 0:
        message = "holds no row; expected one JSON object a line"
        findings.append(Finding(1, None, ERROR, "no rows", message))
    contents: dict[str, _Clip] = {}
    for done, (clip, found, content) in enumerate(_look(clips, options), 1):
        findings += found
        if content is not None and clip.field == "audio":
            first = contents.setdefault(content, clip)
            if first is not clip:
                message = f"same sound as line {first.line} (id '{first.id}')"
                findings.append(Finding(clip.line, clip.id, WARNING, "duplicate content", message))
        if on_progress is not None:
            on_progress(done, len(clips))
    return Report(str(path), rows, tuple(sorted(findings, key=lambda finding: finding.line)))


def _check_fields(line: int, fields: dict[str, Any], seen: dict[str, int]) -> Iterator[Finding]:
    id_ = _id(fields)
    if id_ is None:
        yield Finding(line, None, ERROR, "missing id", "has no 'id'; expected a unique text")
    elif id_ in seen:
        yield Finding(line, id_, ERROR, "duplicate id", f"id was used on line {seen[id_]}")
    else:
        seen[id_] = line
    for name, value in fields.items():
        if isinstance(value, str) and (found := _MOJIBAKE.search(value)):
            message = f"field '{name}' holds {found.group()!r}: text read in a wrong encoding?"
            yield Finding(line, id_, WARNING, "mojibake", message)
    if not any(isinstance(fields.get(name), str) for name in ("audio", *CLIPS)):
        message = f"names no audio; it has the fields {', '.join(fields)}. Is field_map missing?"
        yield Finding(line, id_, ERROR, "no audio", message)


def _clips(line: int, fields: dict[str, Any], folder: Path, options: CheckOptions) -> list[_Clip]:
    rate = options.sample_rate_hz or fields.get("sample_rate")
    return [
        _Clip(
            line=line,
            id=_id(fields),
            field=name,
            path=str(folder / fields[name]),
            rate=rate if isinstance(rate, int) else None,
            duration_s=_number(fields.get("duration_s")) if name == "audio" else None,
        )
        for name in ("audio", *CLIPS)
        if isinstance(fields.get(name), str)
    ]


def _look(
    clips: list[_Clip], options: CheckOptions
) -> Iterator[tuple[_Clip, list[Finding], str | None]]:
    """Yield each clip with its findings and a hash of its sound, in order."""
    if options.workers == 0 or len(clips) < _WORTH_A_POOL:
        for clip in clips:
            yield clip, *check_clip(clip, options)
        return
    context = get_context("spawn")  # forked threads of torch may hang
    with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
        results = pool.map(check_clip, clips, [options] * len(clips), chunksize=_CHUNK)
        for clip, result in zip(clips, results, strict=True):
            yield clip, *result


def check_clip(clip: _Clip, options: CheckOptions) -> tuple[list[Finding], str | None]:
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


def _id(fields: dict[str, Any]) -> str | None:
    id_ = fields.get("id")
    return str(id_) if isinstance(id_, str | int) and id_ != "" else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
