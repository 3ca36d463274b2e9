"""Two scores against each other, clip by clip where there are values of clips."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...core.bootstrap import bootstrap_interval
from ...core.errors import ConfigError
from .report import ScoreReport


@dataclass(frozen=True)
class Difference:
    """How two scores differ in one metric.

    Attributes:
        metric: name.
        first: value of the first score.
        second: of the second.
        difference: first minus second.
        interval: 95 % interval of it over clips, paired; `None` where the values are no means
            over clips.
        n: clips.
        unit: of the values.
        better: ``"first"``, ``"second"``, or ``"unclear"`` where the interval holds 0; `None`
            where nothing can be said: there is no interval.
        first_is_better: share of clips; halves for ties; `None` likewise.
    """

    metric: str
    first: float
    second: float
    difference: float
    interval: tuple[float, float] | None
    n: int
    unit: str
    better: str | None
    first_is_better: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def compare(first: ScoreReport, second: ScoreReport) -> list[Difference]:
    """Return the differences in the metrics that both have.

    Raises:
        ConfigError: if they have none in common, or one was measured differently or over other
            rows; tells every difference.
    """
    names = [result.name for result in first.results if second.result(result.name) is not None]
    if not names:
        ours, theirs = (", ".join(r.name for r in one.results) for one in (first, second))
        raise ConfigError(
            f"The scores have no metric in common: {ours or 'none'} against {theirs or 'none'}. "
            "Score both with the same --metric."
        )
    problems, found = [], []
    for name in names:
        try:
            found.append(_difference(name, first, second))
        except ConfigError as failure:
            problems.append(str(failure))
    if problems:
        raise ConfigError(f"{' '.join(problems)} Score both in the same way, over the same rows.")
    return found


def _difference(name: str, first: ScoreReport, second: ScoreReport) -> Difference:
    ours, theirs = first.result(name), second.result(name)
    assert ours is not None and theirs is not None  # noqa: S101, PT018 - `compare`
    value = ours.compare(theirs)
    mine, other = first.clips.get(name, {}), second.clips.get(name, {})
    interval, share, better = None, None, None
    if mine and mine.keys() == other.keys():
        pairs = np.array([(mine[row], other[row]) for row in sorted(mine)])
        differences = pairs[:, 0] - pairs[:, 1]
        sign = 1.0 if ours.direction == "higher" else -1.0
        share = float((np.sign(sign * differences) / 2 + 0.5).mean())
        if np.allclose(pairs.mean(axis=0), (ours.value, theirs.value), atol=1e-9):
            interval = bootstrap_interval(differences)
            better = _better(interval, sign)
    return Difference(
        metric=name,
        first=ours.value,
        second=theirs.value,
        difference=value,
        interval=interval,
        n=ours.n,
        unit=ours.unit,
        better=better,
        first_is_better=share,
    )


def _better(interval: tuple[float, float] | None, sign: float) -> str | None:
    if interval is None:
        return None
    low, high = sorted(sign * end for end in interval)
    if low > 0:
        return "first"
    return "second" if high < 0 else "unclear"
