"""Machines and weather: siren, buzzer, alarm, whistle, laser, engine, thunder. N samples."""

from __future__ import annotations

import numpy as np

from ..signals import Signal, band, decay, edges, harmonics, noise, seconds, tone

Rng = np.random.Generator
TURN = np.float32(2 * np.pi)


def _rolloff(count: int, power: float) -> Signal:
    return np.arange(1, count + 1, dtype=np.float32) ** np.float32(-power)


def siren(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a siren: a bright tone that wails up and down about once a second."""
    t = seconds(n, rate)
    wail = np.sin(TURN * np.float32(0.8 + 0.7 * colour) * t - TURN / 4)
    glide = np.float32(pitch_hz) * (1 + np.float32(0.4) * wail)
    return harmonics(glide, _rolloff(4, 1.3), n, rate) * edges(n, rate, 0.05, 0.1)


def buzzer(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a buzzer: a low steady tone with very many harmonics."""
    weights = _rolloff(60, 0.3 + 0.2 * colour)
    weights[1::2] *= np.float32(0.3)
    return harmonics(pitch_hz, weights, n, rate) * edges(n, rate, 0.005, 0.01)


def alarm_beep(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return one beep of an alarm: a steady high tone with one strong overtone."""
    weights = np.array([1.0, 0.1, 0.3 + 0.3 * colour], np.float32)
    return harmonics(pitch_hz, weights, n, rate) * edges(n, rate, 0.004, 0.004)


def whistle(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a whistle: a pure tone that rises slowly, with vibrato and breath."""
    t = seconds(n, rate)
    bend = np.linspace(0.85, 1.15, n, dtype=np.float32)
    vibrato = 1 + np.float32(0.02) * np.sin(TURN * np.float32(5 + 2 * colour) * t)
    sound = tone(np.float32(pitch_hz) * bend * vibrato, n, rate)
    sound += np.float32(0.05) * noise(rng, n, rate, band(pitch_hz, pitch_hz * 2))
    return sound * edges(n, rate, 0.06, 0.1)


def laser_zap(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a zap: a tone that falls four octaves in a moment."""
    top = min(pitch_hz, 0.3 * rate)
    fall = np.float32(top) * np.exp2(np.linspace(0, -4, n, dtype=np.float32))
    weights = np.array([1, 0.4, 0.2 * colour], np.float32)
    return harmonics(fall, weights, n, rate) * edges(n, rate, 0.003, 0.03)


def engine(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return an engine that revs up: a low pulse train, uneven, with a rumble."""
    t = np.linspace(0, 1, n, dtype=np.float32)
    revs = np.float32(pitch_hz) * (1 + np.float32(0.5 + 0.5 * colour) * np.sin(np.pi * t) ** 2)
    motor = harmonics(revs.astype(np.float32), _rolloff(30, 0.8), n, rate)
    beat = harmonics((revs * np.float32(0.5)).astype(np.float32), _rolloff(3, 1.0), n, rate)
    return motor * (1 + np.float32(0.4) * beat) * edges(n, rate, 0.15, 0.2)


def thunder(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return thunder: a crack, then low noise that rolls and fades."""
    t = seconds(n, rate)
    roll = 1 + np.float32(0.5) * np.sin(TURN * np.float32(2 + 3 * colour) * t)
    fade = decay(n, rate, 0.25 * n / rate) * edges(n, rate, 0.03, 0.3)
    rumble = noise(rng, n, rate, band(40, pitch_hz)) * roll * fade
    m = min(n, round(0.3 * rate))
    rumble[:m] += np.float32(0.5) * noise(rng, m, rate, band(200, 2500)) * decay(m, rate, 0.05)
    return rumble
