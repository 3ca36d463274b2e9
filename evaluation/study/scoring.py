"""What the ratings of a study say. Shapes: M items, N raters, K systems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.config import Config
from ...core.errors import DataError
from ...core.metric_result import MetricResult
from ..statistics.agreement import (
    ANCHOR_LIMIT,
    intraclass_correlation,
    krippendorff_alpha,
    unreliable_raters,
)
from ..statistics.ratings import DRAWS, RatingSummary, paired_difference, summarise_ratings
from .clip_folders import ANCHOR, REFERENCE
from .key import OVL, StudyKey
from .responses import Response

Table = NDArray[np.float64]
INTERVAL = f"95 % percentile, raters and items resampled, {DRAWS} draws"


class SourceScore(MetricResult):
    """The mean rating of a system, or of the hidden reference or anchor.

    Attributes:
        source: the system, ``"reference"`` or ``"anchor"``.
        n_raters: people whose ratings count.
    """

    source: str
    n_raters: int


class Difference(Config):
    """The mean of paired differences between two systems.

    Attributes:
        first: a system.
        second: another.
        value: mean of first − second, of the same rater and item.
        interval: 95 %, as that of the means; `None` for fewer than two raters or items.
        clear: whether the interval leaves out 0; not corrected for how many pairs there are.
    """

    first: str
    second: str
    value: float
    interval: tuple[float, float] | None
    clear: bool


class Agreement(Config):
    """How far raters agree about the systems' clips.

    Attributes:
        alpha: Krippendorff's, interval scale: 1 full agreement, 0 chance; `None` if undefined.
        icc: ICC(2,k), of the mean of these raters; `None` if undefined.
    """

    alpha: float | None
    icc: float | None


class RaterReport(Config):
    """What is known about one rater.

    Attributes:
        rater: number, from 1.
        anchor_above: items on which the anchor was rated above the reference, in OVL; `None`
            without references.
        excluded: whether these are too many.
        headphones: whether the check was passed; `None` if it was not made.
        correlation: of OVL with the mean of the other raters; `None` if undefined.
        comment: what the rater wrote.
    """

    rater: int
    anchor_above: int | None
    excluded: bool
    headphones: bool | None
    correlation: float | None
    comment: str


@dataclass(frozen=True)
class StudyScores:
    """The outcome of a study.

    Attributes:
        study: its name.
        items: M.
        raters: one report each, excluded ones too.
        scores: by scale, systems in their order, then the hidden clips.
        differences: by scale, of every pair of systems.
        agreement: by scale.
    """

    study: str
    items: int
    raters: tuple[RaterReport, ...]
    scores: dict[str, tuple[SourceScore, ...]]
    differences: dict[str, tuple[Difference, ...]]
    agreement: dict[str, Agreement]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "study": self.study,
            "items": self.items,
            "raters": [one.model_dump(mode="json") for one in self.raters],
            "scales": {
                scale: {
                    "scores": [one.to_dict() for one in scores],
                    "differences": [d.model_dump(mode="json") for d in self.differences[scale]],
                    "agreement": self.agreement[scale].model_dump(mode="json"),
                }
                for scale, scores in self.scores.items()
            },
        }


def score_study(key: StudyKey, responses: Sequence[Response], *, seed: int = 0) -> StudyScores:
    """Return means, differences, agreement, and what is known of the raters.

    Raters who put the low anchor above the hidden reference in OVL on more than 15 % of the items
    are left out of everything else.

    Args:
        key: of the study.
        responses: complete, of one study; see `responses.load_responses`.
        seed: of the bootstrap.

    Raises:
        DataError: if no rater is left.
    """
    raters = _reports(key, responses)
    kept = [r for r, report in zip(responses, raters, strict=True) if not report.excluded]
    if not kept:
        raise DataError(
            f"All {len(responses)} raters put the low anchor above the reference on more than "
            f"{ANCHOR_LIMIT:.0%} of the items, so no ratings are left. Look at the references: "
            "perhaps they are worse than their anchors."
        )
    fingerprint = {
        "study": key.study,
        "levels": key.level_policy,
        "interval": f"{INTERVAL}, seed {seed}",
        "excluded": f"anchor above reference on more than {ANCHOR_LIMIT:.0%} of items",
        "raters": [response.rater for response in kept],
        "audio-omni": key.version,
    }
    scores: dict[str, tuple[SourceScore, ...]] = {}
    differences: dict[str, tuple[Difference, ...]] = {}
    agreement: dict[str, Agreement] = {}
    for scale in key.scales:
        tables = {source: _table(key, kept, scale, source) for source in _sources(key)}
        scores[scale] = tuple(
            _score(scale, source, summarise_ratings(table, seed=seed), fingerprint)
            for source, table in tables.items()
        )
        differences[scale] = tuple(
            _difference(first, second, paired_difference(tables[first], tables[second], seed=seed))
            for first, second in itertools.combinations(key.systems, 2)
        )
        rated = np.concatenate([tables[system] for system in key.systems])  # (K · M, N)
        agreement[scale] = Agreement(
            alpha=krippendorff_alpha(rated), icc=intraclass_correlation(rated)
        )
    return StudyScores(key.study, len(key.items), raters, scores, differences, agreement)


def _sources(key: StudyKey) -> list[str]:
    present = {clip.source for clip in key.clips.values()}
    return [*key.systems, *(hidden for hidden in (REFERENCE, ANCHOR) if hidden in present)]


def _table(key: StudyKey, responses: Sequence[Response], scale: str, source: str) -> Table:
    """Return the ratings of one system: (M, N) float64."""
    clips = {clip.item: name for name, clip in key.clips.items() if clip.source == source}
    return np.array(
        [[r.values[scale, clips[item]] for r in responses] for item in key.items], dtype=np.float64
    )


def _reports(key: StudyKey, responses: Sequence[Response]) -> tuple[RaterReport, ...]:
    above: list[int | None] = [None] * len(responses)
    excluded = [False] * len(responses)
    if ANCHOR in _sources(key):
        references = _table(key, responses, OVL, REFERENCE)
        anchors = _table(key, responses, OVL, ANCHOR)
        above = [int(count) for count in (anchors > references).sum(axis=0)]
        excluded = [bool(found) for found in unreliable_raters(references, anchors)]
    everything = np.concatenate([_table(key, responses, OVL, one) for one in _sources(key)])
    return tuple(
        RaterReport(
            rater=response.rater,
            anchor_above=above[index],
            excluded=excluded[index],
            headphones=response.headphones_passed,
            correlation=_correlation(everything, index),
            comment=response.comment,
        )
        for index, response in enumerate(responses)
    )


def _correlation(ratings: Table, rater: int) -> float | None:
    """Return Pearson's r of one rater with the mean of the others."""
    own, others = ratings[:, rater], np.delete(ratings, rater, axis=1)
    if others.shape[1] == 0 or own.std() == 0 or others.mean(axis=1).std() == 0:
        return None
    return float(np.corrcoef(own, others.mean(axis=1))[0, 1])


def _score(
    scale: str, source: str, found: RatingSummary, fingerprint: dict[str, Any]
) -> SourceScore:
    return SourceScore(
        name=scale,
        value=found.mean,
        n=found.n_items,
        interval=found.interval,
        unit="1–100",
        direction="higher",
        fingerprint=fingerprint,
        source=source,
        n_raters=found.n_raters,
    )


def _difference(first: str, second: str, found: RatingSummary) -> Difference:
    low, high = found.interval or (0.0, 0.0)
    return Difference(
        first=first,
        second=second,
        value=found.mean,
        interval=found.interval,
        clear=low > 0 or high < 0,
    )
