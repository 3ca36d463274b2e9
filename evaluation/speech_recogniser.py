"""A small recogniser of letters, trained in a minute on the speech that it is to judge.

Shapes: B batch, M mel bands, T frames, T_out = ⌈T / 2⌉ steps of 32 ms, K letters and the blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby, pairwise
from typing import Self

import torch
from torch import Tensor, nn

from ..core.errors import ConfigError
from ..core.media.waveform import Waveform
from .hearing import Hearing, level_of, padded, valid_frames
from .listener import Listener, shuffled_batches
from .spelling import LETTERS, spelled

HEARING = Hearing("SpeechRecogniser", n_fft=512, hop=256, mels=48, levelled=True)
WIDTH = 128
EPOCHS = 5
BATCH = 16
BLANK = 0


class SpeechRecogniser(Listener):
    """Convolutions over time on a log-mel spectrogram, and a letter or nothing every 32 ms.

    It has no words and no grammar: what is not said clearly is misspelled. It judges whether
    speech sounds like the speech that it was trained on, and nothing beyond that.

    Attributes:
        mean: (M, 1) of the training features.
        scale: (M, 1) their standard deviation.

    Source: Graves et al. 2006, "Connectionist Temporal Classification".
    """

    file_format = "audio_omni.speech_recogniser.v1"
    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        """Build the network; `fit` trains one."""
        super().__init__()
        self.labels = tuple(LETTERS)
        conv = nn.Conv1d
        self.first = nn.utils.skip_init(conv, HEARING.mels, WIDTH, 5, stride=2, padding=2)
        self.layers = nn.ModuleList(
            nn.utils.skip_init(conv, WIDTH, WIDTH, 5, padding=2) for _ in range(2)
        )
        self.head = nn.utils.skip_init(conv, WIDTH, len(LETTERS) + 1, 1)
        self.register_buffer("mean", torch.zeros(HEARING.mels, 1))
        self.register_buffer("scale", torch.ones(HEARING.mels, 1))

    @classmethod
    def untrained(cls, labels: Sequence[str]) -> Self:
        """Return the network; its letters are always the same."""
        return cls()

    @classmethod
    def fit(
        cls,
        clips: Sequence[Waveform],
        transcripts: Sequence[str],
        seed: int,
        epochs: int = EPOCHS,
    ) -> SpeechRecogniser:
        """Return a recogniser trained on transcribed clips; the same seed gives the same weights.

        Args:
            clips: one or more, of any rate and length.
            transcripts: what is said in each.
            seed: of the weights, the order and the augmentation.
            epochs: passes over the clips.

        Raises:
            ConfigError: if clips and transcripts do not fit, or one says more than it has time for.
        """
        texts = [spelled(text) for text in transcripts]
        if len(clips) != len(texts) or not all(texts):
            raise ConfigError(
                f"SpeechRecogniser.fit got {len(clips)} clips with {len(texts)} transcripts, of "
                f"which {texts.count('')} are empty; expected one with letters for every clip."
            )
        model = cls()
        generator = torch.Generator().manual_seed(seed)
        model._initialise(generator)
        features = HEARING.features(clips)
        _check_lengths(features, texts)
        mean, scale = level_of(features)
        model.mean.copy_(mean)
        model.scale.copy_(scale)
        model._train(features, texts, epochs, generator)
        return model.eval()

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (B, K, T_out) and their lengths (B,).

        Args:
            features: (B, M, T) log-mel spectrograms, padded.
            lengths: (B,) frames of each.
        """
        x = (features - self.mean) / self.scale * valid_frames(lengths, features.shape[2])
        x = torch.relu(self.first(x))
        lengths = (lengths - 1) // 2 + 1
        valid = valid_frames(lengths, x.shape[2])
        x = x * valid
        for layer in self.layers:
            x = x + torch.relu(layer(x)) * valid
        return self.head(x).log_softmax(dim=1), lengths

    @torch.no_grad()
    def transcribe(self, waveform: Waveform) -> str:
        """Return what is said in a clip of any rate and length: letters, spaces, apostrophes.

        The likeliest letter of each step is taken, repetitions are one, blanks are left out.

        Raises:
            RequestError: for a clip with non-finite samples, or of less than 16 ms.
        """
        chances, _ = self(*padded(HEARING.features([waveform])))
        steps = [step for step, _ in groupby(chances[0].argmax(dim=0).tolist())]
        return spelled("".join(LETTERS[step - 1] for step in steps if step != BLANK))

    def _initialise(self, generator: torch.Generator) -> None:
        for layer in (self.first, *self.layers, self.head):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)

    def _train(
        self,
        features: Sequence[Tensor],
        texts: Sequence[str],
        epochs: int,
        generator: torch.Generator,
    ) -> None:
        count = len(features)
        steps = max(1, epochs * (count // BATCH or 1))
        optimiser = torch.optim.AdamW(self.parameters(), lr=3e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
        self.train()
        for batch in shuffled_batches(count, BATCH, steps, generator):
            heard, lengths = padded([features[i] for i in batch])
            chances, steps_of = self(_augment(heard, generator), lengths)
            loss = _ctc_loss(chances, steps_of, [texts[i] for i in batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters(), 1.0)
            optimiser.step()
            schedule.step()


def _ctc_loss(chances: Tensor, lengths: Tensor, texts: Sequence[str]) -> Tensor:
    """Return the mean loss of log-probabilities (B, K, T_out)."""
    targets = [[1 + LETTERS.index(letter) for letter in text] for text in texts]
    return nn.functional.ctc_loss(
        chances.permute(2, 0, 1),
        torch.tensor(list(chain.from_iterable(targets))),
        lengths,
        torch.tensor([len(target) for target in targets]),
        blank=BLANK,
    )


def _augment(features: Tensor, generator: torch.Generator) -> Tensor:
    """Return a copy (B, M, T), each item changed in level, with a noise floor and noise."""
    size = features.shape[0]
    gain = torch.empty(size, 1, 1).uniform_(-1.5, 1.5, generator=generator)
    floor = torch.empty(size, 1, 1).uniform_(-14.0, -8.0, generator=generator)
    noise = torch.randn(features.shape, generator=generator) * 0.3
    return torch.logaddexp(features + gain, floor.expand_as(features)) + noise


def _check_lengths(features: Sequence[Tensor], texts: Sequence[str]) -> None:
    """Refuse clips in which the letters have no room; equal neighbours need a blank between."""
    for index, (item, text) in enumerate(zip(features, texts, strict=True)):
        steps = (item.shape[1] - 1) // 2 + 1
        needed = len(text) + sum(a == b for a, b in pairwise(text))
        if needed > steps:
            raise ConfigError(
                f"SpeechRecogniser.fit got clip {index} of {steps * 0.032:.2f} s, in which "
                f"{text!r} was said; expected {needed * 0.032:.2f} s or more. Leave it out."
            )
