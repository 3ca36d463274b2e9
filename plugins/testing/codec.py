"""The contract of a codec."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from ...core.codec import Codec
from .base import PluginContract, expect
from .compare import TOLERANCE, difference


class CodecContract(PluginContract):
    """Tests that every codec passes.

    A subclass sets ``plugin``, ``name`` and ``options``.

    Class attributes:
        frames: length of the test clip, in latent frames.
        tolerance: how much numbers may differ between a batch of two and two of one.
    """

    kind = "codec"
    config_attribute = "config_model"
    frames: ClassVar[int] = 12
    tolerance: ClassVar[float] = TOLERANCE

    def build(self) -> Codec:
        """Return the codec in evaluation mode."""
        codec: Codec = self.implementation(self.config)
        return codec.eval()

    def waveform(self, codec: Codec, samples: int, batch: int = 1) -> Tensor:
        """Return seeded noise (B, C, N) float32 at a tenth of full scale."""
        generator = torch.Generator().manual_seed(0)
        return 0.1 * torch.randn(batch, codec.channels, samples, generator=generator)

    def test_declares_its_geometry(self) -> None:
        """Rate, channels, hop and latent width are whole numbers above 0."""
        codec = self.build()
        for name in ("sample_rate_hz", "channels", "hop", "latent_dim"):
            value = getattr(codec, name)
            expect(isinstance(value, int) and value > 0, f"Codec.{name} is {value!r}.")

    def test_latent_has_the_declared_shape(self) -> None:
        """N samples become ceil(N / hop) finite frames, at and around multiples of the hop."""
        codec = self.build()
        full = self.frames * codec.hop
        for samples in (1, full - 1, full, full + 1):
            with torch.no_grad():
                latent = codec.encode(self.waveform(codec, samples))
            expected = (1, codec.latent_dim, math.ceil(samples / codec.hop))
            got = tuple(latent.shape)
            expect(got == expected, f"{samples} samples gave a latent {got}; not {expected}.")
            expect(bool(torch.isfinite(latent).all()), f"{samples} samples: latent not finite.")

    def test_silence_is_finite(self) -> None:
        """A mute clip has a finite latent."""
        codec = self.build()
        with torch.no_grad():
            latent = codec.encode(torch.zeros(1, codec.channels, self.frames * codec.hop))
        expect(bool(torch.isfinite(latent).all()), "The latent of silence is not finite.")

    def test_decodes_to_the_declared_shape(self) -> None:
        """T frames become T * hop samples, finite, and the same each time."""
        codec = self.build()
        with torch.no_grad():
            latent = codec.encode(self.waveform(codec, self.frames * codec.hop))
            first, second = codec.decode(latent), codec.decode(latent)
        expected = (1, codec.channels, self.frames * codec.hop)
        expect(tuple(first.shape) == expected, f"Got {tuple(first.shape)}; not {expected}.")
        expect(bool(torch.isfinite(first).all()), "The decoded waveform is not finite.")
        found = difference(first, second, path="decoded", atol=0)
        expect(not found, f"Decoding one latent twice differs: {found}")

    def test_batch_of_two_equals_two_of_one(self) -> None:
        """No item depends on its neighbours."""
        codec = self.build()
        pair = self.waveform(codec, self.frames * codec.hop, batch=2)
        with torch.no_grad():
            latents = codec.encode(pair)
            decoded = codec.decode(latents)
            for item in range(2):
                alone = codec.encode(pair[item : item + 1])
                found = difference(latents[item : item + 1], alone, atol=self.tolerance)
                expect(not found, f"encode depends on the batch (item {item}): {found}")
                single = codec.decode(latents[item : item + 1])
                found = difference(decoded[item : item + 1], single, atol=self.tolerance)
                expect(not found, f"decode depends on the batch (item {item}): {found}")
