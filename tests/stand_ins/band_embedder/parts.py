"""A tiny embedder without weights, and a metric that listens with it."""

import torch
from audio_omni import Embedder, EmbeddingMetric, RequestError
from audio_omni.core.media.audio import resample, to_channels

from . import BandDistanceConfig, BandsConfig

RATE = 8000


class Bands(Embedder):
    """Energies of bands, four times a second; of a text, of its letters."""

    name = "bands"
    config_model = BandsConfig

    @property
    def weights(self):
        return "none"

    def prepare(self, clip):
        samples = to_channels(resample(clip, RATE), 1).samples[0]
        if samples.numel() < RATE // 4 or not bool(torch.isfinite(samples).all()):
            raise RequestError("bands: expected 0.25 s of finite audio.")
        return samples

    def embed(self, prepared):
        return [{"embedding": self._bands(samples)} for samples in prepared]

    def embed_text(self, texts):
        return [
            {"embedding": self._bands(torch.tensor(list(t.encode() * RATE)[:RATE]).float())}
            for t in texts
        ]

    def _bands(self, samples):
        frames = samples[: samples.numel() // (RATE // 4) * (RATE // 4)].reshape(-1, RATE // 4)
        power = torch.fft.rfft(frames).abs().square()[:, 1:]
        parts = power.tensor_split(self.config.bands, dim=1)
        return torch.log(torch.stack([part.mean(dim=1) for part in parts], dim=1) + 1e-6)


class OneVector(Bands):
    """One vector of a clip or a text, and logits of five classes."""

    name = "one_vector"

    def embed(self, prepared):
        return [self._one(samples) for samples in prepared]

    def embed_text(self, texts):
        return [self._one(found["embedding"][0]) for found in super().embed_text(texts)]

    def _one(self, samples):
        many = samples[None] if samples.numel() <= self.config.bands else self._bands(samples)
        vector = many.mean(dim=0, keepdim=True)
        mixed = torch.linspace(-1, 1, 5 * vector.shape[1]).reshape(vector.shape[1], 5).sin()
        return {"embedding": vector, "logits": vector @ mixed}


class LoudOrSoft(Bands):
    """Hears a level as a word."""

    name = "loud_or_soft"

    def embed(self, prepared):
        return [
            {"text": "a loud voice" if float(s.std()) > 0.15 else "soft voice"} for s in prepared
        ]


class BandDistance(EmbeddingMetric):
    """Distance of the mean energies of bands."""

    name, unit, direction = "band_distance", "1", "lower"
    config_model = BandDistanceConfig

    def score_heard(self, heard):
        made, wanted = (e["embedding"].mean(dim=0) for e in (heard.generated, heard.reference))
        return float((made - wanted).norm())
