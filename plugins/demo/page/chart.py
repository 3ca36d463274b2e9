"""The training loss per task as inline SVG, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from .report import Curve, LossHistory

COLOURS = 6
POINTS = 90


@dataclass(frozen=True)
class _Frame:
    """Maps steps and losses to pixels."""

    width: int
    height: int
    right: int
    last_step: float
    low: float
    high: float
    left: int = 44
    top: int = 12
    bottom: int = 34

    def x(self, step: float) -> float:
        return self.left + (self.width - self.left - self.right) * step / max(self.last_step, 1.0)

    def y(self, loss: float) -> float:
        span = math.log(self.high / self.low)
        inner = self.height - self.top - self.bottom
        return self.top + inner * math.log(self.high / loss) / span


def loss_charts(losses: LossHistory, titles: dict[str, str]) -> str:
    """Return a wide chart with labelled curves, a narrow one for phones, and the legend.

    Args:
        losses: overall and per task; values that have no logarithm are left out.
        titles: name of a task to the words shown.
    """
    curves = [("All tasks", "all", _smooth(losses.total))]
    for index, (name, curve) in enumerate(losses.tasks.items()):
        title = titles.get(name, name.replace("_", " "))
        curves.append((title, f"c{index % COLOURS + 1}", _smooth(curve)))
    curves = [curve for curve in curves if len(curve[2]) > 1]
    if not curves:
        return '<p class="quiet">No loss was recorded.</p>'
    legend = "".join(f'<li class="{kind}"><i></i>{escape(title)}</li>' for title, kind, _ in curves)
    return (
        f'<div class="wide">{_svg(curves, 900, 340, 150)}</div>'
        f'<div class="narrow">{_svg(curves, 360, 280, 12)}</div>'
        f'<ul class="legend">{legend}</ul>'
    )


def _smooth(curve: Curve) -> np.ndarray:
    """Return (n, 2) points: means over equal stretches of steps, at most `POINTS` of them."""
    points = np.array([(s, v) for s, v in curve if math.isfinite(v) and v > 0], dtype=float)
    if len(points) < 3:
        return points.reshape(-1, 2)
    parts = np.array_split(points, min(POINTS, max(2, len(points) // 3)))
    return np.array([part.mean(axis=0) for part in parts])


def _svg(curves: Sequence[tuple[str, str, np.ndarray]], width: int, height: int, right: int) -> str:
    values = np.concatenate([points[:, 1] for *_, points in curves])
    frame = _Frame(
        width=width,
        height=height,
        right=right,
        last_step=max(float(points[-1, 0]) for *_, points in curves),
        low=float(values.min()) * 0.9,
        high=float(values.max()) * 1.1,
    )
    lines = [_path(frame, kind, points) for _, kind, points in reversed(curves)]
    labels = _labels(frame, curves) if right > 100 else ""
    last = "; ".join(f"{title} {points[-1, 1]:.3g}" for title, _, points in curves)
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Training loss by step. Last values: {escape(last)}">'
        f"{_axes(frame)}{''.join(lines)}{labels}</svg>"
    )


def _path(frame: _Frame, kind: str, points: np.ndarray) -> str:
    places = " ".join(f"{frame.x(step):.1f},{frame.y(loss):.1f}" for step, loss in points)
    return f'<polyline class="{kind}" points="{places}"/>'


def _axes(frame: _Frame) -> str:
    parts = []
    for loss in _loss_ticks(frame.low, frame.high):
        y = frame.y(loss)
        parts.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.width - frame.right}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{frame.left - 8}" y="{y + 4:.1f}" text-anchor="end">{loss:g}</text>'
        )
    base = frame.height - frame.bottom
    for step in _step_ticks(frame.last_step, 6 if frame.width > 500 else 3):
        parts.append(
            f'<text x="{frame.x(step):.1f}" y="{base + 18}" text-anchor="middle">{step:,}</text>'
        )
    middle = frame.x(frame.last_step / 2)
    parts.append(
        f'<text x="{middle:.1f}" y="{frame.height - 2}" text-anchor="middle">training step</text>'
    )
    return "".join(parts)


def _labels(frame: _Frame, curves: Sequence[tuple[str, str, np.ndarray]]) -> str:
    """Return the curves' names at their right ends, moved apart where they would overlap."""
    ends = sorted((frame.y(points[-1, 1]), title, kind) for title, kind, points in curves)
    places: list[float] = []
    for y, *_ in ends:
        places.append(max(y, places[-1] + 16 if places else y))
    excess = max(0.0, places[-1] - (frame.height - frame.bottom))
    for index in range(len(places) - 1, -1, -1):  # push up from the bottom, keeping distances
        places[index] -= excess
        if index:
            excess = max(0.0, places[index - 1] - (places[index] - 16))
    x = frame.width - frame.right
    return "".join(
        f'<text class="name {kind}" x="{x + 8}" y="{place + 4:.1f}">{escape(title)}</text>'
        for place, (_, title, kind) in zip(places, ends, strict=True)
    )


def _loss_ticks(low: float, high: float) -> list[float]:
    ticks = [
        digit * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for digit in (1, 2, 3, 5, 7)
    ]
    shown = [float(f"{tick:.6g}") for tick in ticks if low <= tick <= high]
    return shown if len(shown) <= 7 else shown[:: math.ceil(len(shown) / 7)]


def _step_ticks(last: float, wanted: int) -> list[int]:
    raw = max(last / wanted, 1.0)
    power = 10 ** math.floor(math.log10(raw))
    size = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [int(step) for step in np.arange(0, last + 1, size)]
