"""The contract of a metric."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from ...core.errors import AudioOmniError, ConfigError
from ...core.metric import Answered, Measured, Metric
from ...core.metric_result import MetricResult
from ...core.specs import Direction
from .base import PluginContract, expect
from .compare import TOLERANCE, difference

Item = Measured | Answered


class MetricContract(PluginContract):
    """Tests that every metric passes.

    A subclass sets ``plugin``, ``name`` and ``options``, and implements `clips`.

    Class attributes:
        identity_is_best: whether generating the exact reference is the best there is; set it to
            false for a metric that does not compare with a reference.
    """

    kind = "metric"
    config_attribute = "config_model"
    identity_is_best: ClassVar[bool] = True

    def clips(self) -> Sequence[Item]:
        """Return at least four unlike measured clips (or answers), none of them perfect."""
        raise NotImplementedError(f"{type(self).__name__} must implement clips().")

    def perfect(self) -> Sequence[Item]:
        """Return the clips with the exact reference in the model's place, those that have one."""
        return [
            replace(clip, generated=clip.reference)
            for clip in self.clips()
            if isinstance(clip, Measured) and clip.reference is not None
        ]

    def build(self) -> Metric[Any]:
        """Return the metric, with no clip measured."""
        metric: Metric[Any] = self.implementation(self.config)
        return metric

    def measure(self, clips: Sequence[Item]) -> MetricResult:
        """Return the result over clips."""
        metric = self.build()
        for clip in clips:
            metric.update(clip)
        result: MetricResult = metric.compute()
        return result

    def test_class_agrees_with_spec(self) -> None:
        """Name, unit and direction are the same in class, spec and result."""
        spec, result = self.spec, self.measure(self.clips())
        for owner in (self.implementation, result):
            for key in ("name", "unit", "direction"):
                told = str(getattr(owner, key))
                expect(told == str(getattr(spec, key)), f"{key} is '{told}'; the spec differs.")

    def test_result_is_plain_and_finite(self) -> None:
        """The result counts its clips, is finite, and can be written as JSON."""
        clips = self.clips()
        result = self.measure(clips)
        expect(math.isfinite(result.value), f"The value is {result.value}.")
        expect(result.n == len(clips), f"{len(clips)} clips were measured; n is {result.n}.")
        json.dumps(result.to_dict(), allow_nan=False)
        if result.interval is not None:
            low, high = result.interval
            expect(low <= high, f"The interval {result.interval} is upside down.")

    def test_identity_is_finite_and_best(self) -> None:
        """Generating the exact reference gives a finite value that nothing beats."""
        perfect = self.perfect()
        if not perfect:
            pytest.skip("no clip has a reference")
        best, other = self.measure(perfect).value, self.measure(self.clips()).value
        expect(math.isfinite(best), f"The value of perfect clips is {best}.")
        better = best > other if self.spec.direction is Direction.HIGHER else best < other
        expect(
            better or not self.identity_is_best,
            f"Perfect clips score {best}, imperfect ones {other}; direction is "
            f"'{self.spec.direction}'.",
        )

    def test_merge_of_halves_equals_whole(self) -> None:
        """States from two processes merge to what one process would have measured."""
        clips = list(self.clips())
        whole, first, second = self.measure(clips), self.build(), self.build()
        for index, clip in enumerate(clips):
            (first if index < len(clips) // 2 else second).update(clip)
        first.merge_state(second)
        merged = first.compute()
        found = difference(merged.value, whole.value, path="value", atol=TOLERANCE)
        expect(not found, f"Merged halves differ from the whole: {found}")
        expect(merged.n == whole.n, f"Merged halves count {merged.n} clips of {whole.n}.")

    def test_deterministic_and_resettable(self) -> None:
        """The same clips give the same result, also after a reset."""
        clips = self.clips()
        metric = self.build()
        metric.update(clips[-1])
        metric.reset()
        for clip in clips:
            metric.update(clip)
        found = difference(metric.compute(), self.measure(clips), path="result", atol=0)
        expect(not found, f"Measuring again, after reset(), differs: {found}")

    def test_fingerprint_is_json_and_stable(self) -> None:
        """The fingerprint says what decides the number, and nothing about the clips."""
        metric = self.build()
        fresh = json.dumps(metric.fingerprint(), sort_keys=True, allow_nan=False)
        for clip in self.clips():
            metric.update(clip)
        used = json.dumps(metric.fingerprint(), sort_keys=True, allow_nan=False)
        expect(fresh == used, f"The fingerprint changes with the clips: {fresh} → {used}")
        other = json.dumps(self.build().fingerprint(), sort_keys=True)
        expect(fresh == other, f"Two equal metrics have unlike fingerprints: {fresh} {other}")
        missing = {"metric", "version", "options"} - set(metric.fingerprint())
        expect(not missing, f"The fingerprint lacks {sorted(missing)}; extend super()'s.")

    def test_unlike_fingerprints_do_not_compare(self) -> None:
        """Values that were measured differently are refused; equal ones subtract."""
        result = self.measure(self.clips())
        expect(result.compare(result) == 0, "A value minus itself is not 0.")
        unlike = {**result.fingerprint, "version": "another"}
        changed = result.model_copy(update={"fingerprint": unlike})
        with pytest.raises(ConfigError, match="version"):
            result.compare(changed)

    def test_missing_reference_is_refused(self) -> None:
        """A clip without the reference that the spec asks for raises, and is not counted."""
        if not self.spec.needs_reference:
            pytest.skip("the metric needs no reference")
        clip = self.clips()[0]
        assert isinstance(clip, Measured)  # noqa: S101 - text has no reference clip to need
        with pytest.raises(AudioOmniError, match="reference"):
            self.build().update(replace(clip, reference=None))

    def test_nothing_measured_is_refused(self) -> None:
        """Computing before any clip raises instead of returning a number."""
        metric = self.build()
        with pytest.raises(AudioOmniError, match=self.name):
            metric.compute()

    def test_picklable(self) -> None:
        """A metric with measured clips travels between processes."""
        metric = self.build()
        for clip in self.clips():
            metric.update(clip)
        again = pickle.loads(pickle.dumps(metric))  # noqa: S301 - written within this line
        found = difference(again.compute(), metric.compute(), path="result", atol=0)
        expect(not found, f"The result changes when the metric is pickled: {found}")
