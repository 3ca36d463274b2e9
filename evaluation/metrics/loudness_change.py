"""How far an edit's loudness is from that of the exact answer. Shapes: N samples."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...core.errors import UndefinedError
from ...core.metric import Measured, Metric
from .config import LoudnessChangeConfig
from .pairing import pair

SHORTEST_S = 0.4
"""One gating block of ITU-R BS.1770: nothing shorter has a loudness."""

SILENCE_LUFS = -70.0
"""The absolute gate, below which nothing counts: what is silent has this loudness."""

RELATIVE_GATE_LU = 10.0
"""Blocks so much below the mean do not count either."""

LENGTH_TOLERANCE = 512


def loudness_lufs(signal: Tensor, rate_hz: int) -> float:
    """Return the integrated loudness of a signal (N,) of at least 0.4 s; at least that of silence.

    Source: ITU-R BS.1770-4, annex 1; its two filters at any rate: De Man 2014, "Evaluation of
    Implementations of the EBU R128 Loudness Measurement".
    """
    weighted = _shelf(signal.double(), rate_hz)
    block = round(SHORTEST_S * rate_hz)
    power = _high_pass(weighted, rate_hz).unfold(0, block, block // 4).square().mean(dim=1)
    heard = power[_lufs(power) > SILENCE_LUFS]
    if not heard.numel():
        return SILENCE_LUFS
    heard = heard[_lufs(heard) > float(_lufs(heard.mean())) - RELATIVE_GATE_LU]
    return max(float(_lufs(heard.mean())), SILENCE_LUFS)


def _lufs(power: Tensor) -> Tensor:
    return -0.691 + 10 * torch.log10(power)


def _shelf(signal: Tensor, rate_hz: int) -> Tensor:
    """Return a signal as a head hears it: raised by 4 dB above 1.7 kHz."""
    k, q = math.tan(math.pi * 1681.974450955533 / rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    zeros = [high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k]
    return _filtered(signal, zeros, [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])


def _high_pass(signal: Tensor, rate_hz: int) -> Tensor:
    """Return a signal without what lies below 38 Hz; the numerator stays as the standard has it."""
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    scale = 1 + k / q + k * k
    return _filtered(
        signal,
        [1.0, -2.0, 1.0],
        [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale],
    )


def _filtered(signal: Tensor, zeros: list[float], poles: list[float]) -> Tensor:
    import torchaudio

    b, a = (torch.tensor(values, dtype=signal.dtype) for values in (zeros, poles))
    filtered: Tensor = torchaudio.functional.lfilter(signal, a, b, clamp=False)
    return filtered


class LoudnessChange(Metric):
    """Absolute difference of integrated loudness between a clip and its reference."""

    name = "loudness_change"
    unit = "LU"
    direction = "lower"
    config_model = LoudnessChangeConfig

    def score(self, clip: Measured) -> float:
        """Return the difference of one clip in LU; silence counts as -70 LUFS.

        Raises:
            RequestError: if the clip has no reference, or one of another rate or length.
            UndefinedError: for clips shorter than 0.4 s, which have no loudness.
        """
        both = pair(self.name, clip, hop=LENGTH_TOLERANCE, sample_rate_hz=None)
        seconds = both.reference.numel() / both.sample_rate_hz
        if seconds < SHORTEST_S:
            raise UndefinedError(
                f"Metric '{self.name}' got clips of {seconds:.3f} s; expected at least "
                f"{SHORTEST_S:g} s, below which there is no loudness. Measure longer clips.",
                f"a clip is shorter than {SHORTEST_S:g} s",
            )
        made, wanted = (
            loudness_lufs(signal, both.sample_rate_hz)
            for signal in (both.generated, both.reference)
        )
        return abs(made - wanted)
