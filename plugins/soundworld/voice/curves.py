"""What changes while somebody speaks: levels, resonances, bands and pitch, as curves.

Shapes: N samples, F frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..signals import Signal, edges, seconds
from .phones import PHONES, Piece
from .speakers import Speaker
from .timing import Timing

EDGE_SECONDS = 0.003
"""Half of the time that a level takes to change."""
DIP_SECONDS, DIP = 0.014, 0.1
"""How long and how far the level falls between two equal characters, so that they stay two."""
TURN = np.float32(2 * np.pi)


@dataclass(frozen=True, eq=False)
class Curves:
    """Controls of the synthesiser.

    Attributes:
        voice: level of the voiced sound, (N,).
        noise: level of the noise, (N,).
        formants: resonances in Hz, (F, 3).
        weights: their heights, (F, 3).
        bands: edges of the noise in Hz, (F, 2).
        words: 1 within words, 0 in silence, with short edges inside the words, (N,).
        rate: samples per second.
        hop: samples from frame to frame.
    """

    voice: Signal
    noise: Signal
    formants: Signal
    weights: Signal
    bands: Signal
    words: Signal
    rate: int
    hop: int


def speech_curves(timing: Timing, speaker: Speaker, hop: int) -> Curves:
    """Return the controls for an utterance; frame f is about sample f · hop."""
    pieces = tuple(_pieces(timing))
    at = np.arange(0, timing.samples, dtype=np.float64)
    shaped = [(a, b, p) for a, b, p in pieces if p.formants is not None]
    noisy = [(a, b, p) for a, b, p in pieces if p.band is not None]
    formants = _glide([(a, b, p.formants or ()) for a, b, p in shaped], at[::hop])
    weights = _glide([(a, b, p.weights) for a, b, p in shaped], at[::hop])
    bands = _glide([(a, b, p.band or ()) for a, b, p in noisy], at[::hop])
    return Curves(
        voice=_level(timing, [(a, b, p.voice) for a, b, p in pieces]) * _trill(timing, pieces),
        noise=_level(timing, [(a, b, p.noise) for a, b, p in pieces]),
        formants=_or(formants, (500.0, 1500.0, 2500.0)) * np.float32(speaker.tract),
        weights=_or(weights, (1.0, 0.5, 0.25)),
        bands=_or(bands, (1000.0, 4000.0)) * np.float32(np.sqrt(speaker.tract)),
        words=_words(timing),
        rate=timing.rate,
        hop=hop,
    )


def pitch_curve(timing: Timing, speaker: Speaker, rng: np.random.Generator) -> Signal:
    """Return the pitch (N,) in Hz: it falls by two semitones, trembles and wanders a little."""
    n = timing.samples
    falling = np.linspace(1.0, -1.0, n, dtype=np.float32)
    vibrato = np.float32(0.15) * np.sin(TURN * np.float32(5.3) * seconds(n, timing.rate))
    knots = rng.normal(0.0, 0.15, 2 + n * 12 // timing.rate)
    wander = np.interp(np.linspace(0, knots.size - 1, n), np.arange(knots.size), knots)
    semitones = falling + vibrato + wander.astype(np.float32)
    return np.float32(speaker.pitch_hz) * np.exp2(semitones / np.float32(12))


def _pieces(timing: Timing) -> Iterator[tuple[float, float, Piece]]:
    """Yield start and end in samples of each piece of each phone."""
    for span in timing.phones:
        start = 0.0
        for piece in PHONES[span.text].pieces:
            yield span.onset + start * span.length, span.onset + piece.until * span.length, piece
            start = piece.until


def _level(timing: Timing, steps: list[tuple[float, float, float]]) -> Signal:
    """Return steps as a curve (N,) with short straight edges and dips between equal characters."""
    edge = EDGE_SECONDS * timing.rate
    times = [t for start, end, _ in steps for t in (start + edge, end - edge)]
    values = [level for _, _, level in steps for _ in range(2)]
    at = np.arange(timing.samples, dtype=np.float64)
    curve = np.interp(at, times, values, left=0.0, right=0.0).astype(np.float32)
    width = round(DIP_SECONDS * timing.rate)
    dip = 1 - np.float32(1 - DIP) * np.hanning(2 * width).astype(np.float32)
    for before, after in pairwise(timing.phones):
        if before.text == after.text:
            curve[after.onset - width : after.onset + width] *= dip
    return curve


def _glide(
    targets: list[tuple[float, float, tuple[float, ...]]], at: NDArray[np.float64]
) -> Signal | None:
    """Return values (F, K) that rest within each target and glide between them."""
    if not targets:
        return None
    times = [t for a, b, _ in targets for t in (a + 0.3 * (b - a), a + 0.7 * (b - a))]
    values = np.array([value for _, _, value in targets for _ in range(2)])
    return np.stack([np.interp(at, times, column) for column in values.T], 1).astype(np.float32)


def _or(curve: Signal | None, rest: tuple[float, ...]) -> Signal:
    """Return a curve, or what does not matter where nothing is heard, (1, K)."""
    return np.array([rest], np.float32) if curve is None else curve


def _trill(timing: Timing, pieces: tuple[tuple[float, float, Piece], ...]) -> Signal:
    taps = np.ones(timing.samples, np.float32)
    for start, end, piece in pieces:
        if piece.trill_hz:
            a, b = round(start), round(end)
            wave = np.cos(TURN * np.float32(piece.trill_hz) * seconds(b - a, timing.rate))
            taps[a:b] = np.float32(0.55) + np.float32(0.45) * wave
    return taps


def _words(timing: Timing) -> Signal:
    gate = np.zeros(timing.samples, np.float32)
    for word in timing.words:
        gate[word.onset : word.end] = edges(word.length, timing.rate, 0.004, 0.004)
    return gate
