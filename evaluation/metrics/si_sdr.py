"""Scale-invariant signal-to-distortion ratio. Shapes: N samples."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.metric import Measured, Metric
from .config import SiSdrConfig
from .pairing import pair

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
            RequestError: also when the reference is silent, where the ratio is undefined.
        """
        both = pair(self.name, clip, hop=LENGTH_TOLERANCE, sample_rate_hz=None)
        generated, reference = both.generated, both.reference
        if self.config.remove_mean:
            generated, reference = generated - generated.mean(), reference - reference.mean()
        if float(reference @ reference) <= 0.0:
            raise RequestError(
                "Metric 'si_sdr' got a silent reference, for which the ratio is undefined; "
                "expected sound. Use 'lsd' for rows whose target is silence."
            )
        if float(generated @ generated) <= 0.0:
            return -self.config.limit_db
        return si_sdr_db(generated, reference, self.config.limit_db)
