"""A prompt's audio as CLAP hears it. Shapes: N samples, F frames, M mel bands."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.media.audio import Waveform, crop, pad, resample, to_channels


def heard(audio: Waveform, extractor: Any) -> Waveform:
    """Return what is heard of a clip: (1, N), of the rate and length that the network knows.

    Of a longer clip that is the beginning. A shorter one is repeated while it fits whole, then
    silence follows, as in CLAP's training. The record of the clip says so.
    """
    clip = resample(to_channels(audio, 1), extractor.sampling_rate)
    samples = int(clip.samples.shape[-1])
    longest = int(extractor.nb_max_samples)
    if samples >= longest:
        return crop(clip, 0, longest)
    times = longest // samples
    if times > 1:
        clip = clip.converted(clip.samples.repeat(1, times), f"heard {times} times in a row")
    return pad(clip, longest)


def log_mel(audio: Waveform, extractor: Any) -> Tensor:
    """Return the spectrogram (1, F, M) float32 in decibels, of a fixed length."""
    features = extractor(
        heard(audio, extractor).samples[0].numpy(),
        sampling_rate=extractor.sampling_rate,
        truncation="rand_trunc",  # of nothing: the length fits
    )["input_features"]
    return torch.as_tensor(features[0]).float()
