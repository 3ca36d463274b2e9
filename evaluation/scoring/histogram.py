"""The distribution of a metric over clips as inline SVG: bars, the mean, and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

MOST_BINS = 40
MOST_MARKS = 60
"""More clips than that have no mark of their own below the axis."""


@dataclass(frozen=True)
class _Frame:
    """Maps values and counts to pixels."""

    width: int
    height: int
    low: float
    high: float
    most: int
    left: int = 44
    right: int = 12
    top: int = 26
    bottom: int = 44

    @property
    def base(self) -> int:
        return self.height - self.bottom

    def x(self, value: float) -> float:
        span = max(self.high - self.low, 1e-12)
        return self.left + (self.width - self.left - self.right) * (value - self.low) / span

    def y(self, count: float) -> float:
        return self.base - (self.base - self.top) * count / self.most


def histogram(
    values: Sequence[float], *, unit: str, mean: float, interval: tuple[float, float] | None
) -> str:
    """Return a wide chart and a narrow one for phones; nothing for fewer than two finite values."""
    known = np.array([value for value in values if math.isfinite(value)], dtype=float)
    if known.size < 2:
        return '<p class="quiet">Too few clips for a distribution.</p>'
    edges = _edges(known)
    counts, _ = np.histogram(known, edges)
    charts = []
    for kind, width, height in (("wide", 900, 230), ("narrow", 360, 210)):
        frame = _Frame(width, height, float(edges[0]), float(edges[-1]), int(counts.max()))
        body = _axes(frame, unit) + _bars(frame, edges, counts) + _mean(frame, mean, interval)
        marks = _marks(frame, known) if known.size <= MOST_MARKS else ""
        said = f"Distribution over {known.size} clips; mean {mean:.4g} {unit}"
        charts.append(
            f'<div class="{kind}"><svg class="chart" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(said)}">{body}{marks}</svg></div>'
        )
    return "".join(charts)


def quartiles(values: Sequence[float]) -> list[tuple[str, float]]:
    """Return least, quartiles and greatest of the finite values, with their names."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return []
    names = ("least", "lower quartile", "median", "upper quartile", "greatest")
    found = np.quantile(np.array(known), [0, 0.25, 0.5, 0.75, 1])
    return list(zip(names, map(float, found), strict=True))


def _edges(values: np.ndarray) -> np.ndarray:
    """Return edges of bins of a round width, about as many as the square root of the clips."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-9):
        half = max(abs(low) * 0.05, 0.5)
        return np.array([low - half, low + half])
    width = _round_step((high - low) / min(MOST_BINS, max(6, math.ceil(1.5 * values.size**0.5))))
    first, last = math.floor(low / width), math.floor(high / width) + 1
    return np.arange(first, last + 1) * width


def _round_step(raw: float) -> float:
    """Return the greatest of 1, 2 and 5 × 10ⁿ that is hardly more than ``raw``."""
    most = 1.25 * raw
    power = 10.0 ** math.floor(math.log10(most))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= most)


def _bars(frame: _Frame, edges: np.ndarray, counts: np.ndarray) -> str:
    bars = []
    for start, end, count in zip(edges, edges[1:], counts, strict=False):
        if count:
            left, right = frame.x(start) + 1, frame.x(end) - 1
            top = frame.y(count)
            bars.append(
                f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" rx="2" '
                f'width="{max(right - left, 1):.1f}" height="{frame.base - top:.1f}">'
                f"<title>{count} clips from {start:.4g} to {end:.4g}</title></rect>"
            )
    return "".join(bars)


def _mean(frame: _Frame, mean: float, interval: tuple[float, float] | None) -> str:
    if not math.isfinite(mean) or not frame.low <= mean <= frame.high:
        return ""
    x = frame.x(mean)
    band = ""
    if interval is not None:
        low, high = (frame.x(min(max(end, frame.low), frame.high)) for end in interval)
        band = (
            f'<rect class="band" x="{low:.1f}" y="{frame.top}" width="{max(high - low, 1):.1f}" '
            f'height="{frame.base - frame.top}"><title>95 % interval of the mean</title></rect>'
        )
    anchor = "start" if x < frame.width * 0.2 else "end" if x > frame.width * 0.8 else "middle"
    return (
        f'{band}<line class="mean" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top - 6}" '
        f'y2="{frame.base}"/><text class="meantext" x="{x:.1f}" y="{frame.top - 11}" '
        f'text-anchor="{anchor}">mean {mean:.4g}</text>'
    )


def _marks(frame: _Frame, values: np.ndarray) -> str:
    y = frame.base
    return "".join(
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + 7}"/>'
        for x in map(frame.x, values)
    )


def _axes(frame: _Frame, unit: str) -> str:
    parts = []
    for count in sorted({frame.most, frame.most // 2} - {0}):
        y = frame.y(count)
        parts.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{y:.1f}" '
            f'y2="{y:.1f}"/><text x="{frame.left - 8}" y="{y + 4:.1f}" text-anchor="end">{count}'
            "</text>"
        )
    parts.append(
        f'<line class="grid" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{frame.base}" '
        f'y2="{frame.base}"/>'
    )
    step = _round_step((frame.high - frame.low) / (6 if frame.width > 500 else 4))
    for number in range(
        math.ceil(frame.low / step - 1e-9), math.floor(frame.high / step + 1e-9) + 1
    ):
        parts.append(
            f'<text x="{frame.x(number * step):.1f}" y="{frame.base + 22}" text-anchor="middle">'
            f"{number * step:.6g}</text>"
        )
    middle = (frame.left + frame.width - frame.right) / 2
    label = f"value ({escape(unit)}), clips upwards" if unit else "value, clips upwards"
    parts.append(
        f'<text x="{middle:.1f}" y="{frame.height - 4}" text-anchor="middle">{label}</text>'
    )
    return "".join(parts)
