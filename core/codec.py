"""The contract of a codec. Shapes: B batch, C channels, N samples, D latent width, T frames."""

from __future__ import annotations

import abc

from torch import Tensor, nn


class Codec(nn.Module, abc.ABC):
    """Maps waveforms to latents that the transformer learns, and back.

    Attributes:
        sample_rate_hz: rate of the waveforms it reads and writes.
        channels: their number of channels, C.
        hop: samples per latent frame; ``T = ceil(N / hop)``.
        latent_dim: channels of the latent, D.
    """

    sample_rate_hz: int
    channels: int
    hop: int
    latent_dim: int

    @abc.abstractmethod
    def encode(self, waveform: Tensor) -> Tensor:
        """Return latents (B, D, ceil(N / hop)) of about unit variance from (B, C, N) float32."""

    @abc.abstractmethod
    def decode(self, latent: Tensor) -> Tensor:
        """Return waveforms (B, C, T * hop) from latents (B, D, T); deterministic, no clipping."""

    def decode_chunked(self, latent: Tensor, chunk_frames: int) -> Tensor:
        """Return what `decode` does, for less memory where a codec can work through the frames.

        Args:
            latent: (B, D, T).
            chunk_frames: frames to decode at a time; a codec that needs all at once ignores it.
        """
        return self.decode(latent)
