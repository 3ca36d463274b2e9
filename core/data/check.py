"""Check a manifest and its audio before a run does: every finding with its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..deaf import deaf_processes, end_at_interrupt
from .check_clip import ListedClip, check_clip
from .check_options import CheckOptions
from .entry_source import CLIPS
from .findings import ERROR, WARNING, Finding, Report
from .jsonl import read_lines
from .manifest_entries import mapped_fields
from .manifest_options import ManifestOptions

OnProgress = Callable[[int, int], None]

_MOJIBAKE = re.compile("[ÃÂâ][\u0080-\u00bf\u20ac\u2122\u0153\u201a-\u201e]|\ufffd")
"""What UTF-8 looks like once it was read as Latin-1 or Windows-1252."""
_CHUNK = 8
_WORTH_A_POOL = 64


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
    clips: list[ListedClip] = []
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
    contents: dict[str, ListedClip] = {}
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
        message = (
            f"names no audio; it has the fields {', '.join(fields)}. If one of them is the "
            "path, say so: --field-map audio=ITS_NAME (field_map of a source)."
        )
        yield Finding(line, id_, ERROR, "no audio", message)


def _clips(
    line: int, fields: dict[str, Any], folder: Path, options: CheckOptions
) -> list[ListedClip]:
    rate = options.sample_rate_hz or fields.get("sample_rate")
    return [
        ListedClip(
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
    clips: list[ListedClip], options: CheckOptions
) -> Iterator[tuple[ListedClip, list[Finding], str | None]]:
    """Yield each clip with its findings and a hash of its sound, in order."""
    if options.workers == 0 or len(clips) < _WORTH_A_POOL:
        for clip in clips:
            yield clip, *check_clip(clip, options)
        return
    context = get_context("spawn")  # forked threads of torch may hang
    with ProcessPoolExecutor(
        options.workers, mp_context=context, initializer=end_at_interrupt
    ) as pool:
        with deaf_processes():
            results = pool.map(check_clip, clips, [options] * len(clips), chunksize=_CHUNK)
        for clip, result in zip(clips, results, strict=True):
            yield clip, *result


def _id(fields: dict[str, Any]) -> str | None:
    id_ = fields.get("id")
    return str(id_) if isinstance(id_, str | int) and id_ != "" else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
