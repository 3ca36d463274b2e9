"""What every warper does before and after: nothing at 0 and 1, and refuse what cannot be warped."""

from __future__ import annotations

import abc

import numpy as np

from .contract import ProviderFailure, Signal, Warper


class BypassingWarper(Warper):
    """A warper that leaves alone what is to keep its pitch and its length.

    A shift by 0 semitones to the same length returns the samples as they are, bit for bit
    (spec section 4.4); anything else goes through `change`.
    """

    def warp(self, samples: Signal, sample_rate_hz: int, semitones: float, length: int) -> Signal:
        """Return (length,) float32 samples of (N,), shifted by so many semitones.

        Args:
            samples: (N,) float32, mono, finite, N ≥ 1.
            sample_rate_hz: samples per second.
            semitones: up is positive.
            length: samples of the result, at least 1; N · stretch, rounded.

        Raises:
            ProviderFailure: for input or output that is not finite, and for impossible lengths.
        """
        if samples.ndim != 1 or not len(samples) or length < 1:
            raise ProviderFailure(
                f"Samples {samples.shape} were to get {length} long; expected mono samples (N,) "
                "and lengths of at least 1.",
                retryable=False,
            )
        if not np.isfinite(samples).all():
            raise ProviderFailure(
                "Samples to warp are not finite; expected numbers. Leave the recording out.",
                retryable=False,
            )
        if semitones == 0 and length == len(samples):
            return samples.astype(np.float32, copy=True)
        warped = self.change(samples.astype(np.float32), sample_rate_hz, semitones, length)
        if not np.isfinite(warped).all():
            raise ProviderFailure("The warper gave samples that are not finite.", retryable=False)
        return warped

    @abc.abstractmethod
    def change(self, samples: Signal, sample_rate_hz: int, semitones: float, length: int) -> Signal:
        """Return (length,) float32 samples; the input is checked and is not to be kept as it is."""


def fitted(samples: Signal, length: int) -> Signal:
    """Return (length,) samples: cut at the end, or with zeros there."""
    return np.pad(samples[:length], (0, max(0, length - len(samples)))).astype(np.float32)
