"""How far what is heard is from what is seen, in time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ...core.errors import RequestError, UndefinedError
from ...core.metric import Measured, Metric
from ..matching import mean_mismatch
from ..onsets import OnsetDetector
from .config import (
    BeatErrorAtRandomConfig,
    BeatErrorConfig,
    OnsetErrorAtRandomConfig,
    OnsetErrorConfig,
    ReferenceOnsetErrorAtRandomConfig,
    ReferenceOnsetErrorConfig,
)

DETECTOR = OnsetDetector()


class OnsetError(Metric):
    """Mean time between the expected onsets and those that are heard, in ms.

    Expected are the ``onset_s`` of ``truth["events"]``, but for those that a cut has marked as
    ``begun``; heard is what `OnsetDetector` finds in the generated clip. Both are matched one to
    one at the least total distance. A pair further apart than ``cap_ms`` counts as ``cap_ms``,
    and so does an event that is not heard and an onset that nothing asked for; the sum is divided
    by the larger of both counts (OSPA). So silence scores the cap, as does a clip whose every
    onset is elsewhere.
    """

    name = "onset_error"
    unit = "ms"
    direction = "lower"
    config_model = OnsetErrorConfig
    config: OnsetErrorConfig

    def score(self, clip: Measured) -> float:
        """Return the error of one clip in ms.

        Raises:
            RequestError: if the row tells no events, one lies outside the clip, or the clip
                cannot be listened to.
            UndefinedError: if nothing begins in the clip, so that nothing can be late.
        """
        expected = self._expected(clip)
        found = DETECTOR.onsets(clip.generated)
        return self._error_ms(expected, found[None])

    def fingerprint(self) -> dict[str, Any]:
        """Return the options and the detector's constants."""
        return {**super().fingerprint(), "onsets": "v2", "detector": asdict(DETECTOR)}

    def _error_ms(self, expected: np.ndarray, found: np.ndarray) -> float:
        cap_s = self.config.cap_ms / 1000.0
        return 1000.0 * float(mean_mismatch(expected, found, cap_s).mean())

    def _expected(self, clip: Measured) -> np.ndarray:
        fact = self.config.onsets_of
        if fact == "reference":
            return self._heard_in_reference(clip)
        events = clip.truth.get(fact)
        times = [event.get("onset_s") for event in events or () if not event.get("begun")]
        if events is not None and not times:
            raise UndefinedError(
                f"Metric '{self.name}' got {fact} of which none begins in the clip, so that none "
                f"can be late: {events!r:.200}. Leave the row out.",
                f"none of the {fact} begins in the clip",
            )
        if events is None or None in times:
            raise RequestError(
                f"Metric '{self.name}' needs truth['{fact}'], each with an 'onset_s' in seconds; "
                f"got {clip.truth.get(fact)!r:.200}. Measure rows that know what happens when."
            )
        expected = np.sort(np.asarray(times, dtype=float))
        if expected[0] < 0 or expected[-1] >= clip.generated.seconds:
            raise RequestError(
                f"Metric '{self.name}' got {fact} from {expected[0]:.2f} to {expected[-1]:.2f} s "
                f"and a clip of {clip.generated.seconds:.2f} s; expected all of them within it. "
                "Cut the row to the clip."
            )
        return expected

    def _heard_in_reference(self, clip: Measured) -> np.ndarray:
        """Return the onsets of a recording, for rows that nobody has told them of."""
        if clip.reference is None:
            raise RequestError(
                f"Metric '{self.name}' takes the expected onsets from a recording, and the row has "
                "none. Measure rows that have a target, or tell the onsets: 'onsets_of: events'."
            )
        found = DETECTOR.onsets(clip.reference)
        if not found.size:
            raise UndefinedError(
                f"Metric '{self.name}' heard no onset in the recording of a row: nothing begins "
                "in it, so that nothing can be late. Leave the row out.",
                "nothing begins in the recording",
            )
        return found[found < clip.generated.seconds]


class OnsetErrorAtRandom(OnsetError):
    """The expected `OnsetError` of as many onsets as there are events, at random times.

    Times are uniform over the clip. The mean is taken over seeded draws; of the clip only the
    length counts.
    """

    name = "onset_error_at_random"
    config_model = OnsetErrorAtRandomConfig
    config: OnsetErrorAtRandomConfig

    def score(self, clip: Measured) -> float:
        """Return the mean error over the draws in ms."""
        expected = self._expected(clip)
        rng = np.random.default_rng(self.config.seed)
        shape = (self.config.draws, expected.size)
        found = np.sort(rng.uniform(0.0, clip.generated.seconds, shape), axis=1)
        return self._error_ms(expected, found)


class BeatError(OnsetError):
    """`OnsetError` of notes: one is heard on each beat that is seen, and none between."""

    name = "beat_error"
    config_model = BeatErrorConfig


class BeatErrorAtRandom(OnsetErrorAtRandom):
    """The expected `BeatError` of as many onsets as there are notes, at random times."""

    name = "beat_error_at_random"
    config_model = BeatErrorAtRandomConfig


class ReferenceOnsetError(OnsetError):
    """`OnsetError` against the onsets that are heard in the recording itself.

    For rows that do not tell when something happens. A detector heard them, so that the error of
    the recording itself is zero, and its faults count on both sides.
    """

    name = "reference_onset_error"
    config_model = ReferenceOnsetErrorConfig


class ReferenceOnsetErrorAtRandom(OnsetErrorAtRandom):
    """The expected `ReferenceOnsetError` of as many onsets as are heard, at random times."""

    name = "reference_onset_error_at_random"
    config_model = ReferenceOnsetErrorAtRandomConfig
