"""Small histograms and bars as inline SVG and HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

import numpy as np

from .values import Quantity

WIDTH, HEIGHT, BASE, TOP = 300, 130, 104, 8
BINS = 30


def histogram_html(quantity: Quantity) -> str:
    """Return a figure: the distribution of a number over pairs, with its quartiles."""
    values = np.array([v for v in quantity.values if math.isfinite(v)])
    unit = f" {quantity.unit}" if quantity.unit else ""
    head = f"<figcaption>{escape(quantity.title)}</figcaption>"
    if not values.size:
        return ""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-9 * max(1.0, abs(high)):
        return (
            f'<figure class="histogram">{head}<div class="constant">{short(low)}{escape(unit)}'
            f"</div><p>all {values.size} pairs</p></figure>"
        )
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    step = WIDTH / BINS
    bars = "".join(
        f'<rect class="bar" x="{k * step + 0.5:.1f}" width="{step - 1:.1f}" '
        f'y="{_y(count, counts.max()):.1f}" height="{BASE - _y(count, counts.max()):.1f}">'
        f"<title>{count} pairs: {edges[k]:.4g} to {edges[k + 1]:.4g}{escape(unit)}</title></rect>"
        for k, count in enumerate(counts.tolist())
        if count
    )
    said = f"{quantity.title} of {values.size} pairs, {low:.4g} to {high:.4g}{unit}"
    quarters = [short(value) for value in np.quantile(values, [0.25, 0.5, 0.75])]
    return (
        f'<figure class="histogram"><svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(said)}">{bars}'
        f'<line class="grid" x1="0" x2="{WIDTH}" y1="{BASE}" y2="{BASE}"/>'
        f'<text x="0" y="{HEIGHT - 8}">{short(low)}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 8}" text-anchor="end">{short(high)}{escape(unit)}</text>'
        f"</svg>{head}<p>{values.size} pairs; quartiles {' · '.join(quarters)}{escape(unit)}</p>"
        "</figure>"
    )


def bars_html(counts: Mapping[str, int], total: int) -> str:
    """Return counts as rows with bars, in the order given."""
    most = max(counts.values(), default=1)
    rows = "".join(
        f'<li><span>{escape(name)}</span><i style="--part:{100 * number / most:.1f}%"></i>'
        f"<b>{number}</b><em>{100 * number / max(total, 1):.1f} %</em></li>"
        for name, number in counts.items()
    )
    return f'<ol class="bars">{rows}</ol>'


def short(value: float) -> str:
    """Return a number with three digits, never as a power of ten."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):.10g}".replace("-", "−")


def _y(count: int, most: int) -> float:
    return BASE - (BASE - TOP) * count / max(int(most), 1)
