"""The parts of the report's page, each as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ....core.metric_result import MetricResult
from ..providers.contract import Spent
from ..records import EditRecord
from .chart import bars_html, histogram_html
from .credits import licence_counts
from .examples import Example
from .fad_controls import FadControls
from .funnel_table import funnel_html, paper_html
from .tables import table
from .uniformity import ks_uniform
from .values import bandwidths, counts, duplicates, onsets, quantities

LEAST_P = 0.01
EVEN = "Nothing speaks against an even spread."
UNEVEN = "They are not spread evenly."
COUNTED = {
    "task": "Edits",
    "branch": "Branches",
    "split": "Splits",
    "mode": "How scenes were made",
    "events": "Sounds in a scene",
    "family": "Families",
    "label": "Sounds that are edited",
    "template": "Wordings",
}


def funnel(lines: Sequence[Mapping[str, Any]], paper: Mapping[str, int]) -> str:
    """Return the stages, and the paper's steps."""
    return (
        "<p>Every item of a stage is kept, rejected for a reason, or failed. A stage may make "
        f"several items of one.</p>{funnel_html(lines)}"
        "<h3>The paper’s real branch, and ours</h3>"
        f"{paper_html(paper, lines)}"
    )


def costs(spent: Spent | None) -> str:
    """Return what services cost."""
    if spent is None or not spent.calls:
        return "<p>No service was paid.</p>"
    total = (
        f"<p>Services: {spent.calls:,} calls, {spent.tokens:,} tokens, {spent.usd:,.2f} US "
        "dollars.</p>"
    )
    rows = [
        [stage, f"{own['calls']:,.0f}", f"{own['tokens']:,.0f}", f"{own['usd']:,.2f}"]
        for stage, own in sorted(spent.by_stage.items())
    ]
    return total + (table(["Stage", "Calls", "Tokens", "US dollars"], rows) if rows else "")


def counted(records: Sequence[EditRecord]) -> str:
    """Return how many pairs there are of every kind."""
    found = counts(records)
    figures = "".join(
        f'<figure class="counts {name}"><figcaption>{title}</figcaption>'
        f"{bars_html(found[name], len(records))}</figure>"
        for name, title in COUNTED.items()
    )
    return f'<div class="countgrid">{figures}</div>'


def numbers(records: Sequence[EditRecord]) -> str:
    """Return histograms, and whether onsets are spread evenly."""
    charts = "".join(histogram_html(quantity) for quantity in quantities(records).values())
    test = ks_uniform(onsets(records))
    said = (
        "<p>Onsets as shares of where they could be, against the uniform distribution "
        f"(Kolmogorov–Smirnov): D = {test.distance:.3f}, p = {test.p:.3f}, n = {test.n}. "
        f"{EVEN if test.p > LEAST_P else UNEVEN}</p>"
        if test
        else ""
    )
    widths = [
        [label, str(number), f"{hertz / 1000:.1f}"]
        for label, (number, hertz) in bandwidths(records).items()
    ]
    dull = (
        "<h3>Bandwidth by sound</h3><p>The dull first: 99.5 % of the energy of half of the "
        "recordings lies below.</p>" + table(["Sound", "Pairs", "kHz"], widths, long=True)
        if widths
        else ""
    )
    return f'{said}<div class="histograms">{charts}</div>{dull}'


def controls(lsd: Mapping[str, Mapping[str, MetricResult]], fad: FadControls) -> str:
    """Return what a method must beat."""
    if not lsd:
        return "<p>No plugin measures the metric lsd here.</p>"
    rows = [
        [task, output, name, f"{r.value:.3f}", _interval(r), str(r.n)]
        for task, by_output in lsd.items()
        for name, results in (("LSD", by_output), ("FAD", fad.results.get(task, {})))
        for output, r in results.items()
    ]
    why = escape(fad.missing)
    without = f'<p class="missing">FAD was not measured: {why}</p>' if why else ""
    return (
        "<p>Distance from the target, of giving the source back and of silence: what any method "
        "must beat. LSD is lsd.v1 with a floor of −100 dBFS; FAD is of the pairs' own targets."
        f"</p>{without}"
        + table(["Edit", "Output", "Metric", "Value", "95 % interval", "Pairs"], rows)
    )


def _interval(result: MetricResult) -> str:
    return "–" if result.interval is None else "{:.3f} – {:.3f}".format(*result.interval)


def rejected(examples: Sequence[Example]) -> str:
    """Return examples of every reason."""
    if not examples:
        return "<p>Nothing was rejected.</p>"
    rows = [[f"{e.stage}: {e.reason}", e.meaning, e.id, _measured(e)] for e in examples]
    return "<p>Up to five of each reason, at random.</p>" + table(
        ["Reason", "Meaning", "Item", "What was found"], rows, words=True
    )


def _measured(example: Example) -> str:
    scores = ", ".join(f"{name} {value:.4g}" for name, value in example.scores.items())
    return "; ".join(filter(None, (example.detail, scores))) or "–"


def licences(records: Sequence[EditRecord]) -> str:
    """Return what pairs may be used for."""
    rows = [
        [name, "yes" if commercial else "no", notes or "–", str(number)]
        for name, commercial, notes, number in licence_counts(records)
    ]
    return (
        "<p>A pair may be used for no more than all of its recordings allow. Every recording is in "
        "licences.csv, whom to credit in ATTRIBUTION.</p>"
        + table(["Licences", "Commercial use", "Mind", "Pairs"], rows, words=True)
    )


def leaks(records: Sequence[EditRecord], leak: Mapping[str, Any] | None) -> str:
    """Return what was found in more than one split, and duplicates."""
    splits: dict[str, set[str]] = {}
    for record in records:
        for group in record.groups:
            splits.setdefault(group, set()).add(record.split)
    crossing = sum(len(found) > 1 for found in splits.values())
    rows = [
        ["groups of recordings", str(len(splits))],
        ["groups in more than one split", str(crossing)],
        ["pairs that repeat recordings, sound and edit of another", str(duplicates(records))],
    ]
    if leak is not None:
        rows.append(["recordings compared by fingerprint", str(leak["compared"])])
        if "near" in leak:
            rows.append(["pairs that a scorer took for the same, compared", str(leak["near"])])
        rows += [[f"the same recording, {kind}", str(n)] for kind, n in leak["counts"].items()]
        rows.append(["dropped from the training side", str(len(leak["dropped"]))])
        rows.append(["left between splits", str(leak["remaining"])])
    else:
        rows.append(["recordings compared by fingerprint", "not compared"])
    return table(["", ""], rows)
