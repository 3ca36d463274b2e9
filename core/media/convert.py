"""Change rate, channels and length; every change is recorded. Shapes: C channels, N samples."""

from __future__ import annotations

import math

from torch.nn import functional

from ..errors import MediaError
from .decode import check_samples
from .waveform import Waveform

_MAX_KERNEL = 2**26
"""Weights of the largest resampling filter to build: 256 MiB."""


def resample(waveform: Waveform, sample_rate_hz: int) -> Waveform:
    """Return the waveform at another rate: band-limited, ``ceil(N * new / old)`` samples.

    Raises:
        MediaError: for a rate that is not positive, samples that are not finite, or two rates
            whose ratio needs a filter too large to build.
    """
    old = waveform.sample_rate_hz
    check_samples(waveform.samples, "The waveform", old)
    if sample_rate_hz <= 0:
        raise MediaError(f"Got a sample rate of {sample_rate_hz} Hz; expected a positive one.")
    if sample_rate_hz == old:
        return waveform
    common = math.gcd(old, sample_rate_hz)
    if (old // common) * (sample_rate_hz // common) > _MAX_KERNEL:
        raise MediaError(
            f"Cannot resample {old} → {sample_rate_hz} Hz: the ratio of these rates has no small "
            "terms. Convert the file to a usual rate, such as 44100 Hz, with another tool."
        )
    import torchaudio.functional

    samples = torchaudio.functional.resample(waveform.samples, old, sample_rate_hz)
    return waveform.converted(samples, f"resampled {old} → {sample_rate_hz} Hz", sample_rate_hz)


def to_channels(waveform: Waveform, channels: int) -> Waveform:
    """Return the waveform with another number of channels.

    The mean makes one channel of many; one channel is repeated to make many.

    Raises:
        MediaError: for any other change, which would need a choice that only the user can make.
    """
    have = waveform.channels
    check_samples(waveform.samples, "The waveform", waveform.sample_rate_hz)
    if have == channels:
        return waveform
    if channels == 1:
        mean = waveform.samples.mean(dim=0, keepdim=True)
        return waveform.converted(mean, f"mixed {have} → 1 channel (mean)")
    if have == 1 and channels > 1:
        repeated = waveform.samples.repeat(channels, 1)
        return waveform.converted(repeated, f"repeated 1 → {channels} channels")
    raise MediaError(
        f"Got audio with {have} channels where {channels} are expected; only mixing to 1 and "
        "repeating 1 are unambiguous. Mix it down to the channels you want first."
    )


def crop(waveform: Waveform, start: int, samples: int) -> Waveform:
    """Return ``samples`` samples from sample ``start``.

    Raises:
        MediaError: if the waveform does not reach that far.
    """
    have = int(waveform.samples.shape[-1])
    if start < 0 or samples <= 0 or start + samples > have:
        raise MediaError(
            f"Cannot cut samples {start} to {start + samples} out of {have}; expected a part of it."
        )
    if start == 0 and samples == have:
        return waveform
    rate = waveform.sample_rate_hz
    note = f"cropped {have / rate:.3f} s to {start / rate:.3f} … {(start + samples) / rate:.3f} s"
    return waveform.converted(waveform.samples[:, start : start + samples], note)


def pad(waveform: Waveform, samples: int) -> Waveform:
    """Return the waveform with zeros at its end, ``samples`` samples long.

    Raises:
        MediaError: if it is longer already.
    """
    have = int(waveform.samples.shape[-1])
    if have > samples:
        raise MediaError(f"Cannot pad {have} samples to {samples}; it is longer. Crop it instead.")
    if have == samples:
        return waveform
    rate = waveform.sample_rate_hz
    note = f"padded {have / rate:.3f} → {samples / rate:.3f} s with silence"
    return waveform.converted(functional.pad(waveform.samples, (0, samples - have)), note)


def fit(waveform: Waveform, samples: int) -> Waveform:
    """Return the waveform ``samples`` samples long: cropped at its end, or padded there.

    Raises:
        MediaError: if ``samples`` is not positive.
    """
    if samples <= 0:
        raise MediaError(f"Cannot fit a clip to {samples} samples; expected at least one.")
    if waveform.samples.shape[-1] > samples:
        return crop(waveform, 0, samples)
    return pad(waveform, samples)
