"""The report as one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ....core.metric_result import MetricResult
from ....core.page.document import asset, listening_page
from ..conflicts_heard import HeardConflicts
from ..providers.contract import Spent
from ..quotas import Quota
from ..records import EditRecord
from . import modes, passed_over, sections, shortfalls, telling
from .examples import Example
from .fad_controls import FadControls
from .telling import Probe


@dataclass(frozen=True)
class Shown:
    """All that the page shows; see `write_report`."""

    name: str
    records: Sequence[EditRecord]
    funnel: Sequence[Mapping[str, Any]]
    paper: Mapping[str, int]
    examples: Sequence[Example]
    controls: Mapping[str, Mapping[str, MetricResult]]
    sheets: Sequence[tuple[str, str]]
    leak: Mapping[str, Any] | None
    quotas: Sequence[Quota] = ()
    missing: int = 0
    probe: Probe = "not_asked"
    spent: Spent | None = None
    conflicts: tuple[int, int] | None = None
    heard: HeardConflicts | None = None
    subtract_from_db: float = modes.SUBTRACT_FROM_DB
    fad: FadControls = field(default_factory=FadControls)


def page_html(shown: Shown) -> str:
    """Return the page."""
    parts = {
        "Funnel": sections.funnel(shown.funnel, shown.paper)
        + sections.costs(shown.spent)
        + passed_over.html(shown.conflicts, shown.heard),
        "Asked for": shortfalls.html(shown.quotas, shown.missing),
        "Counts": sections.counted(shown.records)
        + modes.html(shown.records, shown.subtract_from_db),
        "Numbers": sections.numbers(shown.records),
        "Controls": sections.controls(shown.controls, shown.fad),
        "Fingerprint": telling.html(shown.probe),
        "Rejected": sections.rejected(shown.examples),
        "Licences": sections.licences(shown.records),
        "Leaks": sections.leaks(shown.records, shown.leak),
        **{f"Look: {name}": sheet for name, sheet in shown.sheets},
    }
    written = "".join(
        f'<section id="s{k}"><header><h2>{escape(title)}</h2></header>{body}</section>'
        for k, (title, body) in enumerate(parts.items())
    )
    return listening_page(
        shown.name,
        _lead(shown.records),
        f"{written}\n",
        facts=_facts(shown.records),
        contents=[(f"s{k}", title) for k, title in enumerate(parts)],
        skip="the numbers",
        more_css=asset(__package__, "report.css"),
    )


def _lead(records: Sequence[EditRecord]) -> str:
    rates = sorted({r.target.sample_rate for r in records})
    bits = sorted({r.target.bits for r in records})
    said = " and ".join(f"{rate / 1000:g} kHz" for rate in rates)
    return f"Pairs for editing sound by instruction, {said}, {' and '.join(map(str, bits))} bit."


def _facts(records: Sequence[EditRecord]) -> dict[str, str]:
    hours = sum(record.duration_s for record in records) / 3600
    used = {(i.dataset, i.item) for r in records for i in r.provenance.ingredients}
    free = sum(record.licence.commercial_ok for record in records)
    return {
        "pairs": f"{len(records):,}",
        "of targets": f"{hours:.2f} h" if hours < 10 else f"{hours:,.0f} h",
        "recordings": f"{len(used):,}",
        "sounds": str(
            len({r.scene.get("label") or r.instruction.slots.object.bare for r in records})
        ),
        "verified": f"{100 * sum(r.quality.verified for r in records) / len(records):.0f} %",
        "open to commercial use": f"{100 * free / len(records):.0f} %",
    }
