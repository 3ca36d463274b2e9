"""What the branch hears: as the published transforms make it, step by step in NumPy."""

import numpy as np
import torch
from audio_omni.evaluation.embedders.synchformer.spectrogram import spectrograms

RATE, SEGMENT, STEP = 16000, 10240, 5120


def noise(samples, seed=0):
    return 0.1 * torch.randn(samples, generator=torch.Generator().manual_seed(seed))


def mel_filters():
    """128 triangles of height 1 from 0 to 8000 Hz, on the scale 2595 log10(1 + f / 700)."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 130) / 2595) - 1)
    bins = np.linspace(0, 8000, 513)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def by_hand(segment):
    """Frames of 400 samples in the middle of 1024, mirrored edges, power, mel, ln, zeros, scale."""
    padded = np.pad(segment.astype(np.float64), 512, mode="reflect")
    window = np.zeros(1024)
    window[312:712] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([padded[i * 160 : i * 160 + 1024] * window for i in range(65)])
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    logs = np.log(power @ mel_filters() + 1e-6)
    return (np.concatenate([logs, np.zeros((1, 128))]) + 4.2677393) / (2 * 4.5689974)


def test_every_segment_is_the_transforms_of_its_samples():
    samples = noise(SEGMENT + 3 * STEP + 100)
    found = spectrograms(samples)
    assert found.shape == (4, 66, 128)  # what fills no segment is not heard
    for number, one in enumerate(found):
        part = samples[number * STEP : number * STEP + SEGMENT].numpy()
        assert np.abs(one.numpy() - by_hand(part)).max() < 2e-4  # float32 against float64


def test_the_frame_that_is_added_is_zero_before_it_is_scaled():
    silent = spectrograms(torch.zeros(SEGMENT))
    assert np.allclose(silent[0, :65], (np.log(1e-6) + 4.2677393) / 9.1379948)
    assert np.allclose(silent[0, 65], 4.2677393 / 9.1379948)


def test_a_segment_does_not_hear_its_neighbours():
    samples = noise(SEGMENT + 2 * STEP)
    changed = samples.clone()
    changed[SEGMENT:] = 0
    assert torch.equal(spectrograms(changed)[0], spectrograms(samples)[0])
    assert not torch.equal(spectrograms(changed)[1], spectrograms(samples)[1])
