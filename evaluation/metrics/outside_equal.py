"""Whether an edit of speech left all else alone, bit for bit. Shapes: C channels, N samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.metric import Measured, Metric
from .config import OutsideEqualConfig

PART = ("start_seconds", "end_seconds", "new_seconds")


class OutsideEqual(Metric):
    """Share of clips that equal their recording outside the part made anew, sample by sample.

    The reference is the recording that was edited. Of a row are read ``start_seconds`` and
    ``end_seconds`` of the part in the recording and ``new_seconds``, how long it is in the clip;
    what lies behind it is compared from there on. Nothing is resampled or levelled: a recording
    at another rate than the model's is none of its samples any more, so make pairs at that rate.
    With ``of: samples`` a clip counts by its share of equal samples.
    """

    name = "outside_equal"
    unit = "1"
    direction = "higher"
    config_model = OutsideEqualConfig
    config: OutsideEqualConfig

    def score(self, clip: Measured) -> float:
        """Return 1 for a clip that is equal, 0 for another; or its share of equal samples.

        Raises:
            RequestError: if there is no recording, it has another rate or channels than the
                clip, the part is not told or not within it, or it leaves nothing outside.
        """
        before, behind = self._kept(clip)
        made = clip.generated.samples
        start, length = before.shape[-1], self._new_samples(clip)
        kept = start + behind.shape[-1]
        equal = _equal(made[:, :start], before)
        equal += _equal(made[:, start + length :][:, : behind.shape[-1]], behind)
        if self.config.of == "samples":
            return equal / kept
        return float(equal == kept)

    def _kept(self, clip: Measured) -> tuple[Tensor, Tensor]:
        """Return what of the recording stays, before and behind the part, (C, N) each."""
        source = clip.reference
        if source is None:
            raise RequestError(
                f"Metric '{self.name}' compares with the recording that was edited, and row "
                f"'{clip.id}' has no reference. Name it as the reference."
            )
        made, rate = clip.generated, source.sample_rate_hz
        if (made.sample_rate_hz, made.channels) != (rate, source.channels):
            raise RequestError(
                f"Metric '{self.name}' got a clip at {made.sample_rate_hz} Hz in {made.channels} "
                f"channels, and a recording at {rate} Hz in {source.channels}; expected the same. "
                "Make pairs at the model's rate."
            )
        start, end = (round(self._told(clip, name) * rate) for name in PART[:2])
        samples = int(source.samples.shape[-1])
        if not 0 <= start < end <= samples or end - start == samples:
            raise RequestError(
                f"Metric '{self.name}' got a part from {start / rate:g} to {end / rate:g} s of a "
                f"recording of {source.seconds:.3f} s (row '{clip.id}'); expected a part of it "
                "that leaves something outside."
            )
        return source.samples[:, :start], source.samples[:, end:]

    def _new_samples(self, clip: Measured) -> int:
        return max(1, round(self._told(clip, "new_seconds") * clip.generated.sample_rate_hz))

    def _told(self, clip: Measured, name: str) -> float:
        value: Any = clip.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RequestError(
                f"Metric '{self.name}' reads {', '.join(PART)} of a row in seconds; row "
                f"'{clip.id}' has {name} = {value!r}. Measure rows that say which part is new."
            )
        return float(value)


def _equal(made: Tensor, wanted: Tensor) -> int:
    """Return at how many places all channels are equal; what a clip lacks is not."""
    length = min(made.shape[-1], wanted.shape[-1])
    return int(torch.all(made[:, :length] == wanted[:, :length], dim=0).sum())
