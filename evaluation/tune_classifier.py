"""A small classifier of tunes: mode, tempo, mood, whatever follows from notes and their times.

Shapes: P = 12 pitch classes, L lags, F features, K labels, N samples, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..core.errors import ConfigError
from ..core.media.waveform import Waveform
from .hearing import SAMPLE_RATE_HZ, mono_at_16k
from .listener import Listener

N_FFT, HOP = 4096, 1024
LOWEST, HIGHEST = 45, 93
"""MIDI numbers of the pitches that are heard: four octaves."""
LAGS = 20
"""Frames by which notes are compared with later ones: up to 1.2 s, a slow beat."""
OPENING = 10
"""Frames of the opening, 0.64 s, which is compared with what follows on its own."""
FEATURES = 2 * LAGS * 12
HIDDEN = 64
EPOCHS = 40
BATCH = 32


class TuneClassifier(Listener):
    """Two layers on how often which interval follows after which time.

    Pitches are folded into pitch classes, and each frame is compared with those up to a slow beat
    later: how much of it is heard again a unison, a semitone, … higher. Over lags that tells the
    tempo; over intervals, the mode. In whatever key, a tune gives nearly the same, as far as the
    lowest pitches can be told apart. A tune opens on its tonic more often than not, so its
    opening is compared on its own as well.

    Attributes:
        labels: the K labels it knows, sorted.
        mean: (F,) of the training features.
        scale: (F,) their standard deviation.
    """

    file_format = "audio_omni.tune_classifier.v1"
    mean: Tensor
    scale: Tensor

    def __init__(self, labels: Sequence[str]) -> None:
        """Build the network for these labels; `fit` trains one."""
        super().__init__()
        self.labels = tuple(sorted(set(labels)))
        self.hidden = nn.utils.skip_init(nn.Linear, FEATURES, HIDDEN)
        self.head = nn.utils.skip_init(nn.Linear, HIDDEN, len(self.labels))
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))

    @classmethod
    def fit(
        cls, clips: Sequence[Waveform], labels: Sequence[str], seed: int, epochs: int = EPOCHS
    ) -> TuneClassifier:
        """Return a classifier trained on labelled clips; the same seed gives the same weights.

        Args:
            clips: two or more, of any rate and length.
            labels: one for each clip.
            seed: of the weights, the order and the noise.
            epochs: passes over the clips.

        Raises:
            ConfigError: if clips and labels do not fit, or there are fewer than two labels.
        """
        known = sorted(set(labels))
        if len(clips) != len(labels) or len(known) < 2:
            raise ConfigError(
                f"TuneClassifier.fit got {len(clips)} clips with {len(labels)} labels of "
                f"{len(known)} kinds; expected one label per clip and two kinds or more."
            )
        model = cls(known)
        generator = torch.Generator().manual_seed(seed)
        for layer in (model.hidden, model.head):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)
        features = torch.stack([interval_features(clip) for clip in clips])
        model.mean.copy_(features.mean(dim=0))
        model.scale.copy_(features.std(dim=0).clamp_min(1e-3))
        targets = torch.tensor([model.labels.index(label) for label in labels])
        model._train(features, targets, epochs, generator)
        return model.eval()

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, K) of features (B, F)."""
        return self.head(torch.relu(self.hidden((features - self.mean) / self.scale)))

    @torch.no_grad()
    def predict(self, waveform: Waveform) -> dict[str, float]:
        """Return the probability of each label in a clip of any rate and length."""
        chances = self(interval_features(waveform)[None]).softmax(dim=1)[0]
        return dict(zip(self.labels, chances.tolist(), strict=True))

    def _train(
        self, features: Tensor, targets: Tensor, epochs: int, generator: torch.Generator
    ) -> None:
        optimiser = torch.optim.AdamW(self.parameters(), lr=1e-3, weight_decay=0.3)
        self.train()
        for _ in range(epochs):
            order = torch.randperm(len(features), generator=generator)
            for batch in order.split(BATCH):
                noise = torch.randn(len(batch), FEATURES, generator=generator) * 0.3 * self.scale
                loss = nn.functional.cross_entropy(self(features[batch] + noise), targets[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()


def interval_features(clip: Waveform) -> Tensor:
    """Return how much of a clip is heard again after each lag at each interval, (F,).

    First of the whole clip, then of its opening; for each of the lags 0 … L − 1 the intervals
    from a unison to a major seventh upwards. In a clip shorter than a lag that lag is 0.

    Raises:
        RequestError: for a clip with non-finite samples, or of half a frame or less.
    """
    chroma = _chroma(mono_at_16k("TuneClassifier", clip, N_FFT // 2))
    parts = [_intervals(chroma, chroma.shape[1]), _intervals(chroma, OPENING)]
    return torch.cat(parts).flatten()


def _intervals(chroma: Tensor, frames: int) -> Tensor:
    """Return (L, P): the first frames of a chroma (P, T) against later ones, transposed."""
    found = torch.zeros(LAGS, 12)
    for lag in range(min(LAGS, chroma.shape[1])):
        count = min(frames, chroma.shape[1] - lag)
        now, later = chroma[:, :count], chroma[:, lag : lag + count]
        both = now @ later.T / count
        found[lag] = torch.stack([both.roll(-k, dims=1).trace() for k in range(12)])
    return found


def _chroma(samples: Tensor) -> Tensor:
    """Return the loudness of the pitch classes, (P, T), of a signal (N,), at one mean level."""
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(
        samples, N_FFT, HOP, window=window, pad_mode="constant", return_complex=True
    )
    power = _semitones() @ spectrum.abs().square()
    loudness = torch.log1p(100.0 * power / power.max().clamp_min(1e-12))
    chroma = loudness.reshape(-1, 12, loudness.shape[1]).sum(dim=0)
    return chroma / chroma.square().sum(dim=0).mean().sqrt().clamp_min(1e-6)


def _semitones() -> Tensor:
    """Return triangles (HIGHEST − LOWEST, N_FFT / 2 + 1), one around each semitone."""
    hertz = torch.arange(N_FFT // 2 + 1) * SAMPLE_RATE_HZ / N_FFT
    pitch = 69 + 12 * torch.log2(hertz.clamp_min(1.0) / 440)
    return (1 - (pitch - torch.arange(LOWEST, HIGHEST)[:, None]).abs()).clamp_min(0)
