"""The sounds of the tests: each is noise in a band of its own, so that it can be recognised."""

import hashlib

import numpy as np

BANDS = {
    "dog barking": (700, 1100),
    "cat meowing": (1500, 2200),
    "rain falling": (4200, 6500),
    "car horn honking": (300, 480),
    "bird chirping": (3000, 3800),
    "sheep bleating": (1150, 1450),
    "duck quacking": (500, 680),
}
WIDTH = len(BANDS) + 8


def noise_in(label, samples, rate, seed=0):
    """Noise (N,) of unit rms in the band of a sound."""
    low, high = BANDS[label]
    rng = np.random.default_rng([seed, *label.encode()])
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / rate)
    spectrum[(frequency < low) | (frequency > high)] = 0
    noise = np.fft.irfft(spectrum, samples)
    return (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)


def band_shares(samples, rate):
    """Share of the power in each band, square-rooted: a vector of unit length or less."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / rate)
    total = max(float(power.sum()), 1e-12)
    shares = [
        power[(frequency >= lo) & (frequency <= hi)].sum() / total for lo, hi in BANDS.values()
    ]
    return np.sqrt(np.array(shares))


def hashed(text):
    """A unit vector among the dimensions that no sound has."""
    digest = hashlib.sha256(text.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    vector = np.zeros(WIDTH)
    vector[len(BANDS) :] = rng.standard_normal(WIDTH - len(BANDS))
    return vector / np.linalg.norm(vector)
