"""Spectrogram pictures without a plotting library. Shapes: N samples, F bins, T frames."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np

from ..media.waveform import Waveform

N_FFT = 1024
ROWS = 128
MAX_COLUMNS = 420
RANGE_DB = 70.0
SILENCE_DB = -120.0

# Nine points of a colour map of even perceived steps: black, violet, rose, sand.
_STOPS = np.array(
    [
        (8, 8, 20),
        (28, 16, 68),
        (79, 18, 123),
        (129, 37, 129),
        (181, 54, 122),
        (229, 80, 100),
        (251, 135, 97),
        (254, 194, 135),
        (252, 253, 205),
    ],
    dtype=float,
)


def mel_levels(waveform: Waveform) -> np.ndarray:
    """Return levels in dB (rows F from low to high on the mel scale, columns T)."""
    samples = waveform.samples.detach().cpu().numpy().astype(float).mean(axis=0)
    samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
    padded = np.pad(samples, N_FFT // 2)
    hop = max(1, -(-samples.size // MAX_COLUMNS))
    starts = np.arange(0, max(samples.size, 1), hop)
    padded = np.pad(padded, (0, max(0, int(starts[-1]) + N_FFT - padded.size)))
    frames = padded[starts[:, None] + np.arange(N_FFT)] * np.hanning(N_FFT)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / (N_FFT / 4) ** 2
    return 10.0 * np.log10(power @ _bands(waveform.sample_rate_hz).T + 1e-12).T


def mel_position(hertz: float, sample_rate_hz: int) -> float:
    """Return where a frequency lies on the vertical axis, from 0 (bottom) to 1 (top)."""
    return float(_mel(hertz) / _mel(sample_rate_hz / 2))


def loudest_db(levels: Sequence[np.ndarray]) -> float:
    """Return the level that gets the brightest colour; silence does not get amplified."""
    return max(-40.0, *(float(item.max(initial=SILENCE_DB)) for item in levels))


def spectrogram_png(levels: np.ndarray, top_db: float) -> bytes:
    """Return a PNG, one pixel per value, low frequencies at the bottom."""
    shown = np.clip((levels - (top_db - RANGE_DB)) / RANGE_DB, 0.0, 1.0)
    return indexed_png(np.round(shown[::-1] * 255).astype(np.uint8))


def indexed_png(pixels: np.ndarray) -> bytes:
    """Return a PNG (height, width) of uint8 indices into the colour map."""
    height, width = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels], axis=1)
    at = np.linspace(0, len(_STOPS) - 1, 256)
    palette = [np.interp(at, np.arange(len(_STOPS)), _STOPS[:, channel]) for channel in range(3)]
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", np.stack(palette, axis=1).round().astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def _mel(hertz: float | np.ndarray) -> float | np.ndarray:
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


def _bands(sample_rate_hz: int) -> np.ndarray:
    """Return (ROWS, bins) weights: each row interpolates the spectrum at its mel frequency.

    Rows that lie wider apart than bins take the mean of the bins between them.
    """
    top = _mel(sample_rate_hz / 2)
    edges = 700.0 * (10 ** (np.linspace(0.0, float(top), ROWS + 1) / 2595.0) - 1.0)
    places = edges / (sample_rate_hz / N_FFT)
    bins = np.arange(N_FFT // 2 + 1)
    overlap = np.minimum(places[1:, None], bins + 0.5) - np.maximum(places[:-1, None], bins - 0.5)
    weights = np.clip(overlap, 0.0, None)
    return weights / weights.sum(axis=1, keepdims=True)
