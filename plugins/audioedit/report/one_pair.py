"""All that is known of one pair as a page: pictures and players of every track, and its way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ....core.page.document import asset, listening_page
from ....core.page.embedding import choose_format
from ....core.page.panel import ShownClip, clips_html, turn_button
from ..blobs import BlobStore, write_whole
from ..records import EditRecord
from .contact_sheet import AUDIO_BUDGET_BYTES, pair_article
from .controls import waveform
from .tables import table

STEMS = {"event": "The sound alone", "residual": "The rest"}


def write_pair_page(
    record: EditRecord, history: Sequence[Mapping[str, Any]], blobs: BlobStore, root: Path
) -> Path:
    """Write ``reports/pairs/<id>.html`` and return its path.

    Args:
        record: of the pair.
        history: what every stage said of it, see `looking_up.history`.
        blobs: where its audio is; a recording that was taken down is left out.
        root: folder of the data set.

    Raises:
        DataError: if the audio of the pair itself is missing or damaged.
        StopRun: if the disk is full.
    """
    path = root / "reports" / "pairs" / f"{record.id}.html"
    write_whole(path, pair_page(record, history, blobs).encode())
    return path


def pair_page(record: EditRecord, history: Sequence[Mapping[str, Any]], blobs: BlobStore) -> str:
    """Return the page; see `write_pair_page`."""
    parts = {
        "Pair": pair_article(record, blobs),
        "Made of": _tracks(list(_made_of(record, blobs))),
        "Its way": _way(history),
        "Record": f"<pre>{escape(_indented(record))}</pre>",
    }
    written = "".join(
        f'<section id="s{k}"><header><h2>{title}</h2></header>{body}</section>'
        for k, (title, body) in enumerate(parts.items())
    )
    facts = {
        "edit": record.task,
        "branch": record.branch,
        "split": record.split,
        "commercial use": "open" if record.licence.commercial_ok else "not open",
    }
    return listening_page(
        record.id,
        record.instruction.text,
        written,
        facts=facts,
        contents=[(f"s{k}", title) for k, title in enumerate(parts)],
        skip="the pair",
        more_css=asset(__package__, "report.css"),
    )


def _made_of(record: EditRecord, blobs: BlobStore) -> Iterator[ShownClip]:
    """Yield the stems of a pair and the recordings that it is of, as far as they are kept."""
    for name, facts in (record.stems or {}).items():
        if blobs.path(facts.sha256).exists():
            title = STEMS.get(name, name)
            yield ShownClip("source", title, title, waveform(blobs, facts.sha256))
    for used in record.provenance.ingredients:
        if blobs.path(used.sha256).exists():
            title = f"{used.role}: {used.item} ({used.licence or 'licence unknown'})"
            yield ShownClip("source", title, title, waveform(blobs, used.sha256))


def _tracks(clips: Sequence[ShownClip]) -> str:
    if not clips:
        return "<p>None of its recordings is kept.</p>"
    audio_format = choose_format([clip.waveform for clip in clips], AUDIO_BUDGET_BYTES)
    return (
        f'<article class="sample">{turn_button(clips)}{clips_html(clips, audio_format)}</article>'
    )


def _way(history: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [line["stage"], line["item"], line["outcome"], _measured(line["scores"])]
        for line in history
    ]
    return table(["Stage", "Item", "Outcome", "What was measured"], rows, words=True)


def _measured(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in scores.items()) or "–"


def _indented(record: EditRecord) -> str:
    values = record.model_dump(mode="json", exclude_none=True)
    return json.dumps(values, indent=2, ensure_ascii=False)
