"""By what factor a clip lasts longer, or shorter, than it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from pydantic import BaseModel

from ...core.errors import RequestError, UndefinedError
from ...core.media.sounding import sounding_span
from ...core.media.waveform import Waveform
from ...core.metric import Measured, Metric
from ...core.metric_result import MetricResult
from ...core.row_keys import joined
from .config import DurationRatioConfig

CLOSE = 1.25
"""Details tell how many clips are within this factor."""


class DurationRatio(Metric):
    """How many times as long as expected a clip is, or as short: 1 is right, 2 twice or half.

    Measured is what sounds, from its first to its last 10 ms within 40 dB of the loudest, so that
    silence around speech does not count. ``details`` have the plain ratio, above 1 for what is too
    long, whose mean alone would hide errors in both directions.
    """

    name = "duration_ratio"
    unit = "1"
    direction = "lower"
    config_model = DurationRatioConfig
    config: DurationRatioConfig

    ratios: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options."""
        super().__init__(config)
        self.add_state("ratios")

    def score(self, clip: Measured) -> float:
        """Return the factor of one clip, 1 or more.

        Raises:
            RequestError: if there is nothing to compare with.
            UndefinedError: if the clip or its reference holds no sound.
        """
        ratio = self._ratio(clip)
        return max(ratio, 1 / ratio)

    def update(self, clip: Measured) -> None:
        """Measure one clip, and keep its plain ratio."""
        ratio = self._ratio(clip)
        self.record(clip.id, max(ratio, 1 / ratio))
        self.ratios.append(torch.tensor([ratio], dtype=torch.float64))

    def compute(self) -> MetricResult:
        """Return the mean factor; beside it what the plain ratios are."""
        result = super().compute()
        ratios = joined(self.ratios)[self.rows_once()]
        details = {
            "mean_ratio": float(ratios.mean()),
            "median_ratio": float(np.median(ratios)),
            "share_close": float(((ratios <= CLOSE) & (ratios >= 1 / CLOSE)).mean()),
        }
        return result.model_copy(update={"details": details})

    def _ratio(self, clip: Measured) -> float:
        return self._seconds("clip", clip.generated) / self._expected(clip)

    def _expected(self, clip: Measured) -> float:
        field = self.config.seconds_from
        if field is not None:
            told: Any = clip.fields.get(field)
            if isinstance(told, bool) or not isinstance(told, int | float) or not told > 0:
                raise RequestError(
                    f"Metric '{self.name}' reads seconds above 0 from field '{field}' of a row, "
                    f"and row '{clip.id}' has {told!r}. Measure rows that have it, or compare "
                    "with references: leave out the option seconds_from."
                )
            return float(told)
        if clip.reference is None:
            raise RequestError(
                f"Metric '{self.name}' compares with a reference, and row '{clip.id}' has none. "
                "Measure rows that have one, or name a field with seconds by seconds_from."
            )
        return self._seconds("reference", clip.reference)

    def _seconds(self, what: str, clip: Waveform) -> float:
        if self.config.of == "clip":
            return clip.seconds
        span = sounding_span(clip, self.config.below_loudest_db)
        if span is None:
            raise UndefinedError(
                f"Metric '{self.name}' got a {what} without sound, which lasts no time. Leave the "
                "row out, or measure whole clips: option of=clip.",
                f"the {what} is silent",
            )
        return span[1] - span[0]
