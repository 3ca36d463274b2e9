"""A small classifier of sound events, trained in seconds on labelled renderings.

Shapes: B batch, K labels, M mel bands, N samples, T frames.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..core.errors import CheckpointError, ConfigError, RequestError
from ..core.media.waveform import Waveform

Labels = str | Sequence[str]

SAMPLE_RATE_HZ = 16000
N_FFT = 1024
HOP = 512
MELS = 64
EPOCHS = 14
BATCH = 32
FORMAT = "audio_omni.event_classifier.v1"


class EventClassifier(nn.Module):
    """Convolutions over time on a log-mel spectrogram, then the loudest and the mean moment.

    A scene may hold several events: every label has a probability of its own. It judges whether a
    clip sounds like the renderings that it was trained on, and nothing beyond that.

    Attributes:
        labels: the K labels it knows, sorted.
        mean: (M, 1) of the training features.
        scale: (M, 1) their standard deviation.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, labels: Sequence[str]) -> None:
        """Build the network for these labels; `fit` trains one."""
        super().__init__()
        self.labels = tuple(sorted(set(labels)))
        sizes = ((MELS, 96), (96, 128), (128, 128))
        self.layers = nn.ModuleList(
            nn.utils.skip_init(nn.Conv1d, i, o, 3, stride=s, padding=1)
            for (i, o), s in zip(sizes, (2, 2, 1), strict=True)
        )
        self.head = nn.utils.skip_init(nn.Linear, 256, len(self.labels))
        self.register_buffer("mean", torch.zeros(MELS, 1))
        self.register_buffer("scale", torch.ones(MELS, 1))

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
            clips: two or more, of one length after resampling to 16 kHz.
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
        features = _features(clips)
        targets = torch.tensor([[float(k in s) for k in model.labels] for s in sets])
        model.mean.copy_(features.mean(dim=(0, 2))[:, None])
        model.scale.copy_(features.std(dim=(0, 2))[:, None].clamp_min(1e-3))
        model._train(features, targets, epochs, generator)
        return model.eval()

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, K) of log-mel spectrograms (B, M, T)."""
        x = (features - self.mean) / self.scale
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(torch.cat([x.amax(dim=2), x.mean(dim=2)], dim=1))

    @torch.no_grad()
    def predict(self, waveform: Waveform) -> dict[str, float]:
        """Return the probability of each label in a clip of any rate and length."""
        chances = torch.sigmoid(self(_features([waveform])))[0]
        return dict(zip(self.labels, chances.tolist(), strict=True))

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

    @property
    def digest(self) -> str:
        """Return twelve hexadecimal digits that identify labels and weights."""
        sha = hashlib.sha256(json.dumps(self.labels).encode())
        for name, tensor in sorted(self.state_dict().items()):
            sha.update(name.encode() + tensor.numpy().tobytes())
        return sha.hexdigest()[:12]

    def save(self, path: Path) -> None:
        """Write labels and weights as safetensors."""
        meta = {"format": FORMAT, "labels": json.dumps(self.labels)}
        save_file({k: v.contiguous() for k, v in self.state_dict().items()}, path, metadata=meta)

    @classmethod
    def load(cls, path: Path) -> EventClassifier:
        """Read what `save` wrote.

        Raises:
            CheckpointError: if the file is no safetensors file, or of another format.
        """
        try:
            with safe_open(path, framework="pt") as file:
                meta = file.metadata() or {}
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as failure:
            raise CheckpointError(f"Cannot read classifier '{path}': {failure}.") from failure
        if meta.get("format") != FORMAT:
            raise CheckpointError(
                f"'{path}' has format {meta.get('format')!r}; expected {FORMAT!r}, a file written "
                "by EventClassifier.save()."
            )
        model = cls(json.loads(meta["labels"]))
        model.load_state_dict(tensors)
        return model.eval()

    def _initialise(self, generator: torch.Generator) -> None:
        for layer in (*self.layers, self.head):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)

    def _train(
        self, features: Tensor, targets: Tensor, epochs: int, generator: torch.Generator
    ) -> None:
        steps = max(1, epochs * (len(features) // BATCH or 1))
        optimiser = torch.optim.AdamW(self.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
        order: list[int] = []
        self.train()
        for _ in range(steps):
            if len(order) < min(BATCH, len(features)):
                order = torch.randperm(len(features), generator=generator).tolist()
            batch, order = order[:BATCH], order[BATCH:]
            logits = self(_augment(features[batch], generator))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _as_set(labels: Labels) -> set[str]:
    return {labels} if isinstance(labels, str) else set(labels)


def _augment(features: Tensor, generator: torch.Generator) -> Tensor:
    """Return a copy (B, M, T) shifted in time as a batch and each item changed in level."""
    shift = int(torch.randint(features.shape[2], (1,), generator=generator))
    gain = torch.empty(features.shape[0], 1, 1).uniform_(-1.0, 1.0, generator=generator)
    noise = torch.randn(features.shape, generator=generator) * 0.1
    return features.roll(shift, dims=2) + gain + noise


def _features(clips: Sequence[Waveform]) -> Tensor:
    """Return natural-log mel power (B, M, T) of mono clips at 16 kHz, floored at −60 dB."""
    import torchaudio

    bank = torchaudio.functional.melscale_fbanks(
        N_FFT // 2 + 1, 50.0, SAMPLE_RATE_HZ / 2, MELS, SAMPLE_RATE_HZ, mel_scale="htk"
    ).T
    window = torch.hann_window(N_FFT)
    found = []
    for clip in clips:
        spectrum = torch.stft(_mono(clip), N_FFT, HOP, window=window, return_complex=True)
        power = spectrum.abs().square() / (window.sum() / 2).square()
        found.append(torch.log(bank @ power + 1e-6))
    if len({item.shape for item in found}) > 1:
        raise ConfigError(
            "EventClassifier.fit got clips of different lengths; expected one length. "
            "Cut or pad the training clips to it."
        )
    return torch.stack(found)


def _mono(clip: Waveform) -> Tensor:
    samples = clip.samples.detach().cpu().to(torch.float32).mean(dim=0)
    if not bool(torch.isfinite(samples).all()):
        raise RequestError(
            "EventClassifier got a clip with non-finite samples; expected finite audio."
        )
    if clip.sample_rate_hz != SAMPLE_RATE_HZ:
        import torchaudio

        samples = torchaudio.functional.resample(samples, clip.sample_rate_hz, SAMPLE_RATE_HZ)
    if samples.numel() <= N_FFT // 2:
        raise RequestError(
            f"EventClassifier got {samples.numel()} samples at 16 kHz; expected more than "
            f"{N_FFT // 2}, half an analysis window."
        )
    return samples
