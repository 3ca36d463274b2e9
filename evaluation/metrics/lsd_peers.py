"""Log-spectral distance as other tools define it, to compare with their tables only.

They share log(P_t / (|E| + ε)² + ε) of unscaled spectra whose edges are padded with zeros; what
differs is the transform, the logarithm, ε, and what is done to the signals first.
Shapes: N samples, F frequency bins, T frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...core.errors import RequestError

VOCODER_DELAY = 1120
"""Samples that audioldm_eval drops from generated clips, for the delay of one vocoder."""

TINY = 1e-8


@dataclass(frozen=True)
class PeerDefinition:
    """One tool's distance.

    Attributes:
        n_fft: samples of the transform at a rate in Hz.
        hop: samples between frames at a rate in Hz.
        epsilon: added to magnitude and to the ratio of powers.
        log: natural or decimal.
        unit: of the result.
        prepare: what is done to generated clip and reference, (N,) each.
    """

    n_fft: Callable[[int], int]
    hop: Callable[[int], int]
    epsilon: float
    log: Callable[[Tensor], Tensor]
    unit: str
    prepare: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def peer_lsd(definition: str, generated: Tensor, reference: Tensor, rate_hz: int) -> float:
    """Return the distance of two signals (N,) float64 by a name in `PEERS`.

    Raises:
        RequestError: if the signals are too short for the definition.
    """
    peer = PEERS[definition]
    if generated.numel() <= VOCODER_DELAY or not reference.numel():
        raise RequestError(
            f"Metric 'lsd' got {generated.numel()} samples; expected more than {VOCODER_DELAY} "
            f"for '{definition}'. Measure longer clips."
        )
    prepared = peer.prepare(generated, reference)
    n_fft, hop = peer.n_fft(rate_hz), peer.hop(rate_hz)
    estimate, target = (_magnitudes(signal, n_fft, hop) for signal in prepared)
    ratio = target.square() / (estimate + peer.epsilon).square() + peer.epsilon
    return float(peer.log(ratio).square().mean(dim=0).sqrt().mean())


def _magnitudes(signal: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return |X|, (F, T), of (N,): periodic Hann window, centred, zeros at the edges."""
    window = torch.hann_window(n_fft, periodic=True, dtype=signal.dtype)
    return torch.stft(
        signal, n_fft, hop, window=window, center=True, pad_mode="constant", return_complex=True
    ).abs()


def _as_they_are(generated: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    return generated, reference


def _scaled_to_reference(generated: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Scale the generated clip by least squares; unrelated clips nearly vanish by it."""
    return generated * (generated @ reference / (generated @ generated + TINY)), reference


def _at_peak(generated: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Drop the vocoder's delay, remove the means, and divide each by its peak."""
    first, second = (
        centred / (centred.abs().max() + TINY)
        for centred in (s - s.mean() for s in (generated[VOCODER_DELAY:], reference))
    )
    length = min(first.numel(), second.numel())
    return first[:length], second[:length]


PEERS = {
    "ssr_eval": PeerDefinition(
        n_fft=lambda rate: int(2048 / (44100 / rate)),
        hop=lambda rate: int(rate / 100),
        epsilon=1e-12,
        log=torch.log10,
        unit="log10",
        prepare=_as_they_are,
    ),
    "audioldm_eval": PeerDefinition(
        n_fft=lambda rate: int(2048 / (44100 / rate)),
        hop=lambda rate: int(rate / 100),
        epsilon=1e-12,
        log=torch.log10,
        unit="log10",
        prepare=_at_peak,
    ),
    "audiosr": PeerDefinition(
        n_fft=lambda rate: 2048,
        hop=lambda rate: 512,
        epsilon=TINY,
        log=torch.log10,
        unit="log10",
        prepare=_as_they_are,
    ),
    "urgent2024": PeerDefinition(
        n_fft=lambda rate: int(rate * 0.032),
        hop=lambda rate: int(rate * 0.016),
        epsilon=TINY,
        log=torch.log,
        unit="ln",
        prepare=_scaled_to_reference,
    ),
}
"""By the name that the option ``definition`` of `lsd` takes."""
