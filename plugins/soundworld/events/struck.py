"""Things that are struck: bell, glass, drum, knock, clap, footstep, drip. Shapes: N samples."""

from __future__ import annotations

import numpy as np

from ..signals import Signal, band, decay, edges, noise, seconds, tone

Rng = np.random.Generator


def _partials(
    n: int, rate: int, partials: list[tuple[float, float, float]], release_s: float = 0.01
) -> Signal:
    """Return decaying sines (N,), each (frequency in Hz, amplitude, time constant in s)."""
    out = np.zeros(n, np.float32)
    for frequency, amplitude, time_s in partials:
        if frequency < 0.47 * rate:
            m = min(n, round(7 * time_s * rate))
            out[:m] += np.float32(amplitude) * tone(frequency, m, rate) * decay(m, rate, time_s)
    return out * edges(n, rate, 0.001, release_s)


def bell(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a bell: inharmonic partials that ring, the high ones shorter."""
    ring = 0.2 + 0.25 * colour
    ratios = (0.5, 1.0, 1.19, 2.0, 2.76, 4.1)
    amplitudes = (0.4, 1.0, 0.6, 0.7, 0.5, 0.3)
    return _partials(
        n,
        rate,
        [
            (pitch_hz * r, a, ring / (0.5 + 0.5 * r))
            for r, a in zip(ratios, amplitudes, strict=True)
        ],
        release_s=0.4,
    )


def glass_clink(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a clink: two or three high partials, short."""
    ring = 0.05 + 0.06 * colour
    return _partials(
        n,
        rate,
        [(pitch_hz, 1.0, ring), (pitch_hz * 1.58, 0.8, ring * 0.8), (pitch_hz * 2.2, 0.5, ring)],
        release_s=0.12,
    )


def drum(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a drum: a low tone that falls in pitch, under a short burst."""
    t = seconds(n, rate)
    glide = np.float32(pitch_hz) * (1 + 1.2 * np.exp(t * np.float32(-40)))
    body = tone(glide, n, rate) * decay(n, rate, 0.08 + 0.08 * colour)
    m = min(n, round(0.06 * rate))
    body[:m] += np.float32(0.12) * noise(rng, m, rate, band(300, 3000)) * decay(m, rate, 0.012)
    return body * edges(n, rate, 0.001, 0.15)


def knock(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a knock on wood: two damped resonances and a click."""
    wood = _partials(n, rate, [(pitch_hz, 1.0, 0.018), (pitch_hz * 2.6, 0.6 + colour / 2, 0.012)])
    m = min(n, round(0.03 * rate))
    wood[:m] += np.float32(0.15) * noise(rng, m, rate, band(400, 2500)) * decay(m, rate, 0.004)
    return wood


def clap(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a clap: three bursts of a middle band within 25 ms, then a tail."""
    burst = noise(rng, n, rate, band(pitch_hz * 0.7, pitch_hz * (2.2 + colour)))
    envelope = np.zeros(n, np.float32)
    for start_s, time_s in ((0.0, 0.004), (0.011, 0.004), (0.022, 0.03)):
        start = round(start_s * rate)
        envelope[start:] += decay(n - start, rate, time_s)
    return burst * envelope


def footstep(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a step: a dull heel, then the scrape of the sole."""
    heel = noise(rng, n, rate, band(60, pitch_hz)) * decay(n, rate, 0.025)
    late = min(n // 2, round((0.06 + 0.04 * colour) * rate))
    scrape = noise(rng, n - late, rate, band(2500, 5500))
    heel[late:] += np.float32(0.35) * scrape * edges(n - late, rate, 0.03, 0.06)
    return heel


def water_drip(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a drip: a bubble whose pitch rises as it fades."""
    t = seconds(n, rate)
    rising = np.float32(pitch_hz) * (1 + np.float32(12 + 8 * colour) * t)
    rising = np.minimum(rising, np.float32(0.45 * rate))
    return tone(rising, n, rate) * decay(n, rate, 0.03)
