"""Pairs to look at and listen to: source, target and difference under one scale of levels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from ....core.page.embedding import choose_format
from ....core.page.panel import ShownClip, clips_html, turn_button
from ..blobs import BlobStore
from ..records import EditRecord
from ..repeats import label_of
from .controls import sample, waveform
from .side_by_side import side_by_side
from .values import edited_event

if TYPE_CHECKING:
    from ....core.media.waveform import Waveform

PER_KIND = 24
DIFFERENCE = {"add": "What was added", "remove": "What was taken", "extract": "What was left out"}
AUDIO_BUDGET_BYTES = 3_000_000


def contact_sheets(
    records: Sequence[EditRecord], blobs: BlobStore, per_kind: int = PER_KIND
) -> list[tuple[str, str]]:
    """Return (name, HTML) of each task and branch: some pairs at random, the same every time.

    Raises:
        DataError: if a blob is missing or damaged.
    """
    kinds = sorted({(record.task, record.branch) for record in records})
    sheets = []
    for task, branch in kinds:
        of_kind = [r for r in records if (r.task, r.branch) == (task, branch)]
        chosen = sample(of_kind, per_kind)
        clips = side_by_side(partial(_clips, blobs=blobs), chosen)
        audio_format = choose_format([c.waveform for one in clips for c in one], AUDIO_BUDGET_BYTES)
        pairs = list(zip(chosen, clips, strict=True))
        shown = "".join(side_by_side(partial(_pair_html, audio_format=audio_format), pairs))
        sheets.append(
            (
                f"{task}, {branch}",
                f"<p>{len(chosen)} of {len(of_kind)} pairs, at random.</p>{shown}",
            )
        )
    return sheets


def pair_article(record: EditRecord, blobs: BlobStore) -> str:
    """Return one pair as HTML: source, target, difference, and what it is.

    Raises:
        DataError: if a blob is missing or damaged.
    """
    clips = _clips(record, blobs)
    audio_format = choose_format([clip.waveform for clip in clips], AUDIO_BUDGET_BYTES)
    return _pair_html((record, clips), audio_format=audio_format)


def marked_spans(record: EditRecord) -> list[tuple[float, float]]:
    """Return where the edited sound is, in seconds; empty where that is not known."""
    event = edited_event(record)
    if "onset" in event and "length" in event:
        rate = record.target.sample_rate
        return [(event["onset"] / rate, (event["onset"] + event["length"]) / rate)]
    return [(span.start_s, span.end_s) for span in record.spans]


def _clips(record: EditRecord, blobs: BlobStore) -> list[ShownClip]:
    source, target = (waveform(blobs, f.sha256) for f in (record.source, record.target))
    name = f"{record.task} {label_of(record)}"
    spans = marked_spans(record)
    shown = [
        ShownClip("source", "Source", f"source of: {name}", source, spans),
        ShownClip("output", "Target", f"target of: {name}", target, spans),
    ]
    if source.samples.shape == target.samples.shape:
        title = DIFFERENCE.get(record.task, "Difference")
        changed = _difference(source, target)
        shown.append(ShownClip("difference", title, f"{title.lower()}: {name}", changed, spans))
    return shown


def _difference(source: Waveform, target: Waveform) -> Waveform:
    return target.converted(target.samples - source.samples, "less the source")


def _pair_html(pair: tuple[EditRecord, Sequence[ShownClip]], *, audio_format: str) -> str:
    record, clips = pair
    event = edited_event(record)
    facts = {
        "SNR": _with_unit(event.get("snr_db"), "LU"),
        "pitch": _with_unit(event.get("pitch_semitones") or None, "semitones", sign=True),
        "stretch": _with_unit(None if event.get("stretch") == 1 else event.get("stretch"), "×"),
        "sounds": str(len(record.scene.get("events") or ()) or ""),
    }
    told = "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items() if value
    )
    captions = f"{escape(record.source_caption)} → {escape(record.target_caption)}"
    return (
        f'<article class="sample"><div class="asked"><p class="prompt">'
        f"{escape(record.instruction.text)}</p>{turn_button(clips)}</div>"
        f"{clips_html(clips, audio_format)}"
        f'<p class="note">{captions}</p>'
        f'<dl class="numbers">{told}<div><dt>licence</dt><dd>{escape(record.licence.effective)}'
        f"</dd></div><div><dt>id</dt><dd><code>{record.id}</code></dd></div></dl></article>"
    )


def _with_unit(value: float | None, unit: str, *, sign: bool = False) -> str | None:
    return None if value is None else f"{value:{'+' if sign else ''}.2f} {unit}"
