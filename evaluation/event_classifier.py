"""A small classifier of what is heard, trained in seconds on labelled renderings.

Shapes: B batch, K labels, M mel bands, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..core.errors import ConfigError
from ..core.media.waveform import Waveform
from .hearing import Hearing, level_of, padded, valid_frames
from .listener import Listener, shuffled_batches

Labels = str | Sequence[str]

HEARING = Hearing("EventClassifier", n_fft=1024, hop=512, mels=64)
STRIDES = (2, 2, 1)
EPOCHS = 14
BATCH = 32


class EventClassifier(Listener):
    """Convolutions over time on a log-mel spectrogram, then the loudest and the mean moment.

    A scene may hold several events: every label has a probability of its own. Labels can be
    anything that is heard: events, instruments, moods, speakers. It judges whether a clip sounds
    like the renderings that it was trained on, and nothing beyond that.

    Attributes:
        labels: the K labels it knows, sorted.
        mean: (M, 1) of the training features.
        scale: (M, 1) their standard deviation.
    """

    file_format = "audio_omni.event_classifier.v1"
    mean: Tensor
    scale: Tensor

    def __init__(self, labels: Sequence[str]) -> None:
        """Build the network for these labels; `fit` trains one."""
        super().__init__()
        self.labels = tuple(sorted(set(labels)))
        sizes = ((HEARING.mels, 96), (96, 128), (128, 128))
        self.layers = nn.ModuleList(
            nn.utils.skip_init(nn.Conv1d, i, o, 3, stride=s, padding=1)
            for (i, o), s in zip(sizes, STRIDES, strict=True)
        )
        self.head = nn.utils.skip_init(nn.Linear, 256, len(self.labels))
        self.register_buffer("mean", torch.zeros(HEARING.mels, 1))
        self.register_buffer("scale", torch.ones(HEARING.mels, 1))

    @classmethod
    def fit(
        cls,
        clips: Sequence[Waveform],
        labels: Sequence[Labels],
        seed: int,
        epochs: int = EPOCHS,
    ) -> EventClassifier:
        """Return a classifier trained on labelled clips; the same seed gives the same weights.

        Args:
            clips: two or more, of any rate and length.
            labels: the events of each clip: one label or several.
            seed: of the weights, the order and the augmentation.
            epochs: passes over the clips.

        Raises:
            ConfigError: if clips and labels do not fit, or there are fewer than two labels.
        """
        sets = [_as_set(item) for item in labels]
        known = sorted(set().union(*sets)) if sets else []
        if len(clips) != len(sets) or len(known) < 2:
            raise ConfigError(
                f"EventClassifier.fit got {len(clips)} clips with {len(sets)} labels of "
                f"{len(known)} kinds; expected one (set of) labels per clip and two kinds or more."
            )
        model = cls(known)
        generator = torch.Generator().manual_seed(seed)
        model._initialise(generator)
        features = HEARING.features(clips)
        targets = torch.tensor([[float(k in s) for k in model.labels] for s in sets])
        mean, scale = level_of(features)
        model.mean.copy_(mean)
        model.scale.copy_(scale)
        model._train(features, targets, epochs, generator)
        return model.eval()

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, K) of log-mel spectrograms (B, M, T), each of its own length (B,)."""
        return self.head(self.pooled(features, lengths))

    def pooled(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return the loudest and the mean moment (B, 256) of log-mel spectrograms (B, M, T)."""
        x = (features - self.mean) / self.scale
        x = x * valid_frames(lengths, x.shape[2])
        for layer, stride in zip(self.layers, STRIDES, strict=True):
            x = torch.relu(layer(x))
            lengths = (lengths - 1) // stride + 1
            x = x * valid_frames(lengths, x.shape[2])  # what is no sound stays 0, and is not mean
        return torch.cat([x.amax(dim=2), x.sum(dim=2) / lengths[:, None]], dim=1)

    @torch.no_grad()
    def predict(self, waveform: Waveform) -> dict[str, float]:
        """Return the probability of each label in a clip of any rate and length."""
        chances = torch.sigmoid(self(*padded(HEARING.features([waveform]))))[0]
        return dict(zip(self.labels, chances.tolist(), strict=True))

    @torch.no_grad()
    def describe(self, waveform: Waveform) -> Tensor:
        """Return what its labels are told by, (256,) values of a clip of any rate and length."""
        return self.pooled(*padded(HEARING.features([waveform])))[0]

    @torch.no_grad()
    def accuracy(
        self, clips: Sequence[Waveform], labels: Sequence[Labels], top: int | None = None
    ) -> float:
        """Return the mean share of true labels among the most probable.

        Args:
            clips: clips of any rate and length.
            labels: the events of each.
            top: 1 asks whether the most probable label is right; left out, as many labels are
                considered as the clip has.
        """
        shares = []
        for clip, item in zip(clips, labels, strict=True):
            truth = _as_set(item)
            chances = self.predict(clip)
            ranked = sorted(chances, key=lambda label: (-chances[label], label))
            best = set(ranked[: top or len(truth)])
            shares.append(len(truth & best) / min(len(truth), len(best)))
        return float(np.mean(shares))

    def _initialise(self, generator: torch.Generator) -> None:
        for layer in (*self.layers, self.head):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)

    def _train(
        self, features: Sequence[Tensor], targets: Tensor, epochs: int, generator: torch.Generator
    ) -> None:
        count = len(features)
        steps = max(1, epochs * (count // BATCH or 1))
        optimiser = torch.optim.AdamW(self.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
        self.train()
        for batch in shuffled_batches(count, BATCH, steps, generator):
            heard, lengths = padded([features[i] for i in batch])
            logits = self(_augment(heard, lengths, generator), lengths)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _as_set(labels: Labels) -> set[str]:
    return {labels} if isinstance(labels, str) else set(labels)


def _augment(features: Tensor, lengths: Tensor, generator: torch.Generator) -> Tensor:
    """Return a copy (B, M, T), each item turned round in time and changed in level."""
    frames = features.shape[2]
    shift = int(torch.randint(frames, (1,), generator=generator))
    at = torch.arange(frames)
    source = torch.where(at < lengths[:, None], (at - shift) % lengths[:, None], at)
    turned = features.gather(2, source[:, None].expand_as(features))
    gain = torch.empty(features.shape[0], 1, 1).uniform_(-1.0, 1.0, generator=generator)
    noise = torch.randn(features.shape, generator=generator) * 0.1
    return turned + gain + noise
