"""How a clip is brought to a network, by us and by the field's tools. Shapes: N samples.

Reference and generated clips go the same way; what was done stands in the clip's record.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...core.errors import ConfigError
from ...core.media.audio import Waveform, crop, pad, resample, to_channels
from ...core.media.decode import check_samples
from .kaiser_resampling import resample_kaiser_best

RESAMPLERS = {
    "torchaudio": "torchaudio sinc, Hann, width 6, roll-off 0.99",
    "kaiser_best": "resampy kaiser_best (0.4): sinc, Kaiser, width 50, roll-off 0.917",
}


@dataclass(frozen=True)
class Loading:
    """Steps from a decoded clip to what a network is fed, in this order.

    Attributes:
        channels: ``"mean"`` of all, or the ``"first"``.
        removes_mean: whether the clip's mean is subtracted, before it is resampled.
        resampler: a name in `RESAMPLERS`.
        shortest: samples that a shorter clip is padded to with zeros, whatever the network; 0 pads
            only as far as the network needs.
    """

    channels: str = "mean"
    removes_mean: bool = False
    resampler: str = "torchaudio"
    shortest: int = 0


LOADINGS = {
    "plain": Loading(),
    "audioldm_eval": Loading(channels="first", removes_mean=True, shortest=32000),
    "av_bench": Loading(removes_mean=True),
    "torchvggish": Loading(resampler="kaiser_best"),
}
"""audioldm_eval pads to 32,000 samples at either rate: 2 s at 16 kHz, 1 s at 32 kHz."""


def load(
    clip: Waveform,
    sample_rate_hz: int,
    *,
    loading: str = "plain",
    cut_seconds: float | None = None,
    shortest: int = 1,
) -> Waveform:
    """Return a clip (1, N) as a network of this rate is fed with it; its level stays as it is.

    Args:
        clip: of any rate and number of channels.
        sample_rate_hz: the network's.
        loading: a name in `LOADINGS`.
        cut_seconds: longer clips lose what comes after.
        shortest: fewest samples that the network takes; a shorter clip is padded with zeros.

    Raises:
        MediaError: if the clip is empty, or has a sample that is not finite.
    """
    steps = LOADINGS[loading]
    check_samples(clip.samples, "The clip", clip.sample_rate_hz)
    clip = _first_channel(clip) if steps.channels == "first" else to_channels(clip, 1)
    if steps.removes_mean:
        clip = clip.converted(clip.samples - clip.samples.mean(), "subtracted its mean")
    if steps.resampler == "kaiser_best":
        clip = _by_kaiser_best(clip, sample_rate_hz)
    else:
        clip = resample(clip, sample_rate_hz)
    if cut_seconds is not None:
        longest = math.floor(cut_seconds * sample_rate_hz)
        if longest < 1:
            raise ConfigError(
                f"cut_seconds {cut_seconds:g} leaves no sample at {sample_rate_hz} Hz; raise it."
            )
        clip = crop(clip, 0, min(longest, clip.samples.shape[-1]))
    return pad(clip, max(steps.shortest, shortest, clip.samples.shape[-1]))


def loading_facts(loading: str, sample_rate_hz: int, shortest: int) -> dict[str, Any]:
    """Return what a fingerprint says: rate, resampler, rules of mono, mean, level and length."""
    steps = LOADINGS[loading]
    return {
        "sample_rate_hz": sample_rate_hz,
        "resampler": RESAMPLERS[steps.resampler],
        "mono": "mean of channels" if steps.channels == "mean" else "first channel",
        "mean": "subtracted before resampling" if steps.removes_mean else "kept",
        "loudness": "kept",
        "shorter clips": f"zeros up to {max(steps.shortest, shortest)} samples",
    }


def _by_kaiser_best(clip: Waveform, sample_rate_hz: int) -> Waveform:
    if clip.sample_rate_hz == sample_rate_hz:
        return clip
    samples = resample_kaiser_best(clip.samples[0], clip.sample_rate_hz, sample_rate_hz)
    note = f"resampled {clip.sample_rate_hz} → {sample_rate_hz} Hz (kaiser_best)"
    return clip.converted(samples.float()[None], note, sample_rate_hz)


def _first_channel(clip: Waveform) -> Waveform:
    if clip.channels == 1:
        return clip
    return clip.converted(clip.samples[:1], f"took the first of {clip.channels} channels")
