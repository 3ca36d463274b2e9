"""The stages ``judge`` and ``judge_check``: a model's opinion of each separation (spec 3.4).

Optional, and off unless ``real.judge`` names a provider. What people say of pairs is something
else: see `listening`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from ....core.errors import ConfigError, suggestion
from ..providers.contract import Clip, Judge, ProviderFailure
from ..providers.opening import opened
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Failed, Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from .config import JudgeRules, JudgeThresholds
from .index import real_config
from .tools import tool_version
from .tracks import tracks

CHECKPOINT = "checkpoint"
"""Among an item's scores: the hash of the weights that gave them."""


def judge_rules(workshop: Workshop) -> JudgeRules:
    """Return the configuration of the judge, which exists where its stages run."""
    rules = real_config(workshop).judge
    assert rules is not None  # noqa: S101 - the stages exist
    return rules


def judge_of(workshop: Workshop) -> Judge:
    """Return the judge of the branch."""
    judge: Judge = workshop.provider("judge", judge_rules(workshop).provider)
    return judge


class JudgeStage(Stage):
    """Measures, and rejects nothing: thresholds can change without judging anew."""

    name: ClassVar[str] = "judge"
    batch: ClassVar[int] = 8
    resources: ClassVar[Resources] = Resources(gpus=1.0, memory_gib=16.0)

    def __init__(self, workshop: Workshop) -> None:
        """Build the judge."""
        super().__init__(workshop)
        self.judge = judge_of(workshop)

    @cached_property
    def version_of_tool(self) -> str:
        """Return what the judge is, asked once."""
        return tool_version(self.judge)

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return who judges, and what is heard."""
        return {
            "judge": [judge_rules(workshop).provider.name, judge_of(workshop).fingerprint()],
            "mixture_mode": real_config(workshop).mixture_mode,
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with its scores.

        Raises:
            StopRun: if the judge's weights cannot be had.
        """
        checkpoint = opened(self.judge.weights_sha256)
        clips = [self._clips(item) for item in items]
        phrases = [item.data["phrase"]["label"] for item in items]
        try:
            found = self.judge.judge([mix for mix, _ in clips], [p for _, p in clips], phrases)
        except ProviderFailure as failure:
            return [Failed(str(failure), failure.retryable, failure.reason)] * len(items)
        return [
            self._one(item, scores, checkpoint) for item, scores in zip(items, found, strict=True)
        ]

    def _clips(self, item: Item) -> tuple[Clip, Clip]:
        """Return the scene and the sound that was taken out of it, without what was padded."""
        rate, data = self.workshop.config.sample_rate_hz, item.data
        parts = tracks(self.workshop.blobs, data, real_config(self.workshop).mixture_mode)
        end = len(parts.mixture) - data["pad_samples"]
        mix = Clip(item.id, parts.mixture[:end], rate, data["mixture"]["sha256"], data["fields"])
        part = Clip(item.id, parts.target[:end], rate, data["target"]["sha256"], data["fields"])
        return mix, part

    def _one(self, item: Item, scores: Mapping[str, float], checkpoint: str) -> Outcome:
        if scores.keys() != self.judge.axes.keys() or not all(map(math.isfinite, scores.values())):
            axes = ", ".join(self.judge.axes)
            return Failed(f"The judge gave {dict(scores)}; expected numbers of {axes}.", False)
        rounded = {axis: round(float(scores[axis]), 4) for axis in self.judge.axes}
        data = {
            **item.data,
            "judge": {**rounded, CHECKPOINT: checkpoint},
            "versions": {**item.data["versions"], "judge": self.version_of_tool},
        }
        return Kept((Item(item.id, item.root, data),), rounded)


class JudgeCheckStage(Stage):
    """Keeps what the judge finds good enough, on every axis that has a threshold."""

    name: ClassVar[str] = "judge_check"
    reasons: ClassVar[Mapping[str, str]] = {"judged_low": "a score of the judge is too low"}

    def __init__(self, workshop: Workshop) -> None:
        """Keep the thresholds."""
        super().__init__(workshop)
        self.least = _thresholds(workshop).least

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the thresholds.

        Raises:
            ConfigError: if they are of axes that the judge does not have, or of other weights.
        """
        thresholds, judge = _thresholds(workshop), judge_of(workshop)
        check_axes(thresholds, judge.axes)
        check_weights(thresholds, judge.weights_sha256())
        return thresholds.model_dump(mode="json")

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the items that the judge finds good enough."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        scores = {axis: value for axis, value in item.data["judge"].items() if axis != CHECKPOINT}
        low = [f"{a} {scores[a]:.2f} < {least:g}" for a, least in self.least.items()
               if scores[a] < least]  # fmt: skip
        return Rejected("judged_low", scores, ", ".join(low)) if low else Kept((item,), scores)


def check_axes(thresholds: JudgeThresholds, axes: Mapping[str, str]) -> None:
    """Raise ConfigError unless the judge has all axes that have thresholds."""
    for axis in thresholds.least:
        if axis not in axes:
            raise ConfigError(
                f"real.judge.thresholds.least names '{axis}', which the judge does not score."
                f"{suggestion(axis, axes)} Expected some of {', '.join(axes)}."
            )


def check_weights(thresholds: JudgeThresholds, weights_sha256: str) -> None:
    """Raise ConfigError unless thresholds were chosen for the judge's weights."""
    if thresholds.weights_sha256 != weights_sha256:
        raise ConfigError(
            f"real.judge.thresholds are good for a judge with weights "
            f"{thresholds.weights_sha256[:12]}…; the one chosen has {weights_sha256[:12]}…. "
            "Choose them anew from its scores, choose that judge, or leave the thresholds out: "
            "then scores are recorded and nothing is rejected."
        )


def _thresholds(workshop: Workshop) -> JudgeThresholds:
    thresholds = judge_rules(workshop).thresholds
    assert thresholds is not None  # noqa: S101 - the stage exists
    return thresholds
