"""What a sound is like, whenever it sounds: levels of mel bands and how they move."""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.media.waveform import Waveform
from .hearing import Hearing

HEARING = Hearing("Timbre", n_fft=1024, hop=256, mels=40, levelled=True)
AUDIBLE = 4.6
"""How far below the loudest a frame still counts, in nepers of power: 20 dB."""


WEIGHT = 2.0
"""Of deviations and movements, beside means: they tell kinds apart, and are smaller."""


class Timbre:
    """Describes clips without having learned anything: it has no weights.

    Of two recordings of one kind and one of another, with the first three seconds of OLPC foley
    (41 kinds with three clips or more, 43 with fewer), the two of one kind are nearer to each
    other in 83 % of the cases, and in 82 % with ESC-10.
    """

    digest = "timbre.v1: 40 mel bands, mean, deviation and movement within 20 dB of the loudest"

    def describe(self, waveform: Waveform) -> Tensor:
        """Return (3 * 40 + 1,) values: per band the mean, the deviation and the mean movement.

        Only frames within 20 dB of the loudest count, so that it matters little when a sound
        begins; how much of the clip they fill is the last value.

        Raises:
            RequestError: for a clip that is too short or not finite.
        """
        levels = HEARING.features([waveform])[0]
        loudness = levels.exp().sum(dim=0).log()
        audible = loudness >= loudness.max() - AUDIBLE
        heard = levels[:, audible]
        moves = levels.diff(dim=1).abs()[:, audible[1:]]
        moved = moves.mean(dim=1) if moves.shape[1] else torch.zeros(HEARING.mels)
        deviation = heard.std(dim=1, correction=0)
        share = audible.float().mean()[None]
        return torch.cat([heard.mean(dim=1), WEIGHT * deviation, WEIGHT * moved, 5.0 * share])
