"""The stage ``activity``: both parts sound, neither drowns the other (spec section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..providers.activity import loudest_dbfs
from ..providers.contract import Activity, Spans
from ..sound.loudness import lufs
from ..stages.contract import Stage
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from .config import ActivityRules
from .index import real_config
from .tracks import Tracks, tracks

SILENT_LUFS = -70.0


class ActivityStage(Stage):
    """The paper's filter for activity: an energy gate, and levels of the parts."""

    name: ClassVar[str] = "activity"
    reasons: ClassVar[Mapping[str, str]] = {
        "not_subtractable": "phases differ too much for clip − target (mixture_mode subtract)",
        "target_silent": "the target's loudest 250 ms are too quiet",
        "target_too_short": "the target is active too little",
        "residual_silent": "next to nothing is left without the target",
        "too_faint": "the target is too quiet beside the rest",
        "too_dominant": "the target is too loud beside the rest",
        "wrong_place": "the target is not where the row says that its sound is",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Build the gate."""
        super().__init__(workshop)
        self.gate: Activity = _gate(workshop)

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the gate and the rules."""
        real = real_config(workshop)
        return {
            "activity": [real.activity.name, _gate(workshop).fingerprint()],
            "rules": real.activity_rules.model_dump(mode="json"),
            "mixture_mode": real.mixture_mode,
            "least_subtract_si_sdr_db": real.separation.least_subtract_si_sdr_db,
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with the spans of its parts."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        real, rate = real_config(self.workshop), self.workshop.config.sample_rate_hz
        si_sdr = item.data["consistency"]["si_sdr_db"]
        least = real.separation.least_subtract_si_sdr_db
        if real.mixture_mode == "subtract" and si_sdr < least:
            return Rejected("not_subtractable", {"si_sdr_db": si_sdr})
        parts = tracks(self.workshop.blobs, item.data, real.mixture_mode)
        own = self.gate.spans(parts.target, rate)
        rest = self.gate.spans(parts.residual, rate)
        scores = measures(parts, own, rest, rate)
        given = tuple((start, end) for start, end in item.data["spans"])
        if given:
            scores["overlap"] = overlap(own, given)
        reason = fault_of(scores, real.activity_rules)
        if reason is not None:
            return Rejected(reason, scores)
        data = {
            **item.data,
            "active": {"target": [list(s) for s in own], "residual": [list(s) for s in rest]},
            "activity": {name: round(value, 4) for name, value in scores.items()},
        }
        return Kept((Item(item.id, item.root, data),), scores)


def measures(parts: Tracks, own: Spans, rest: Spans, sample_rate_hz: int) -> dict[str, float]:
    """Return what is measured of the parts: levels in dBFS and LU, activity in seconds, shares."""
    seconds = len(parts.target) / sample_rate_hz
    loudness = [lufs(part, sample_rate_hz) for part in (parts.target, parts.residual)]
    target, residual = (SILENT_LUFS if value is None else value for value in loudness)
    return {
        "target_dbfs": loudest_dbfs(parts.target, sample_rate_hz),
        "target_seconds": total(own),
        "target_share": total(own) / seconds,
        "residual_dbfs": loudest_dbfs(parts.residual, sample_rate_hz),
        "residual_share": total(rest) / seconds,
        "over_residual_lu": target - residual,
    }


def fault_of(scores: Mapping[str, float], rules: ActivityRules) -> str | None:
    """Return the first reason to reject, or `None`."""
    short = scores["target_seconds"] < rules.target_seconds
    checks = {
        "target_silent": scores["target_dbfs"] < rules.target_dbfs,
        "target_too_short": short or scores["target_share"] < rules.target_share,
        "residual_silent": scores["residual_dbfs"] < rules.residual_dbfs
        or scores["residual_share"] < rules.residual_share,
        "too_faint": scores["over_residual_lu"] < rules.faintest_lu,
        "too_dominant": scores["over_residual_lu"] > rules.loudest_lu,
        "wrong_place": scores.get("overlap", 1.0) < rules.least_overlap,
    }
    return next((reason for reason, fails in checks.items() if fails), None)


def total(spans: Spans) -> float:
    """Return how long spans last together, in seconds."""
    return sum(end - start for start, end in spans)


def overlap(one: Spans, other: Spans) -> float:
    """Return the intersection of two sets of rising spans over their union."""
    both = sum(
        max(0.0, min(a_end, b_end) - max(a_start, b_start))
        for a_start, a_end in one
        for b_start, b_end in other
    )
    union = total(one) + total(other) - both
    return both / union if union > 0 else 0.0


def _gate(workshop: Workshop) -> Activity:
    gate: Activity = workshop.provider("activity", real_config(workshop).activity)
    return gate
