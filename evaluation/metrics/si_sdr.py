"""Scale-invariant signal-to-distortion ratio. Shapes: N samples."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.errors import UndefinedError
from ...core.metric import Measured, Metric
from .config import SiSdrConfig
from .pairing import Pair, pair, spans_of

LENGTH_TOLERANCE = 512


def si_sdr_db(generated: Tensor, reference: Tensor, limit_db: float) -> float:
    """Return 10·log10(‖αr‖² / ‖αr − g‖²) within ±limit, for the α that fits best.

    Args:
        generated: (N,) g.
        reference: (N,) r, not silent.
        limit_db: bound of the result.

    Source: Le Roux et al. 2019, "SDR – half-baked or well done?".
    """
    scaled = (generated @ reference) / (reference @ reference) * reference
    tiny = 10.0 ** (-limit_db / 10.0) * float(generated @ generated) + 1e-30
    ratio = (float(scaled @ scaled) + tiny) / (float((scaled - generated).square().sum()) + tiny)
    return max(-limit_db, min(limit_db, 10.0 * float(torch.log10(torch.tensor(ratio)))))


class SiSdr(Metric):
    """How much of a clip is its reference, whatever the gain; sample-exact, so for edits only."""

    name = "si_sdr"
    unit = "dB"
    direction = "higher"
    config_model = SiSdrConfig
    config: SiSdrConfig

    def score(self, clip: Measured) -> float:
        """Return the ratio of one clip in dB; a silent clip gets the lowest value.

        Raises:
            RequestError: if the clip has no reference, or one of another rate or length.
            UndefinedError: if the reference is silent.
        """
        both = pair(self.name, clip, hop=LENGTH_TOLERANCE, sample_rate_hz=None)
        generated, reference = self.measured(clip, both)
        if self.config.remove_mean:
            generated, reference = generated - generated.mean(), reference - reference.mean()
        if float(reference @ reference) <= 0.0:
            raise UndefinedError(
                f"Metric '{self.name}' got a silent reference, for which the ratio is undefined; "
                "expected sound. Use 'lsd' for rows whose target is silence.",
                "the reference is silent",
            )
        if float(generated @ generated) <= 0.0:
            return -self.config.limit_db
        return si_sdr_db(generated, reference, self.config.limit_db)

    def measured(self, clip: Measured, both: Pair) -> tuple[Tensor, Tensor]:
        """Return what of a pair is compared: all of it, (N,) each."""
        return both.generated, both.reference


class SiSdrOutside(SiSdr):
    """`SiSdr` of the samples that lie in no edited span: whether an edit kept the rest."""

    name = "si_sdr_outside"

    def measured(self, clip: Measured, both: Pair) -> tuple[Tensor, Tensor]:
        """Return the samples outside the spans of ``truth["span"]``.

        Raises:
            RequestError: if the spans are not known.
            UndefinedError: if they leave nothing outside.
        """
        spans = spans_of(self.name, clip)
        outside = outside_spans(both.reference.numel(), both.sample_rate_hz, spans)
        if not bool(outside.any()):
            raise UndefinedError(
                f"Metric '{self.name}' found nothing outside the edited spans {spans}; measure "
                "such a clip by 'si_sdr'.",
                "nothing lies outside the edited spans",
            )
        return both.generated[outside], both.reference[outside]


def outside_spans(samples: int, rate_hz: int, spans: list[tuple[float, float]]) -> Tensor:
    """Return which samples lie in no span (start_s, end_s), (N,) bool."""
    outside = torch.ones(samples, dtype=torch.bool)
    for start_s, end_s in spans:
        outside[max(round(start_s * rate_hz), 0) : round(end_s * rate_hz)] = False
    return outside
