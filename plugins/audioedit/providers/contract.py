"""The contracts of providers, by kind, and what they speak of.

Heavy libraries load when a provider is first used.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .provider import Place, Provider, ProviderFailure
from .values import (
    Clip,
    Family,
    HeardSource,
    Labels,
    Phrase,
    Refusal,
    Signal,
    Spans,
    Spent,
    SpokenWord,
    StylePhrase,
    WordingBrief,
    Written,
)

__all__ = [
    "KINDS",
    "Activity",
    "Aligner",
    "Clip",
    "Editor",
    "Family",
    "HeardSource",
    "Judge",
    "Labeler",
    "Labels",
    "Locator",
    "Paraphraser",
    "Phrase",
    "Place",
    "Provider",
    "ProviderFailure",
    "Refusal",
    "Scorer",
    "Separator",
    "Signal",
    "Spans",
    "Spent",
    "SpokenWord",
    "StylePhrase",
    "StyleWriter",
    "Warper",
    "WordingBrief",
    "Written",
]


class Labeler(Provider):
    """Names the sources of sound in clips."""

    kind = "labeler"

    @property
    def together(self) -> int:
        """Return how many clips `label_many` is best given at a time."""
        return 8

    @abc.abstractmethod
    def label(self, clip: Clip) -> Labels | Refusal:
        """Return what is heard, or why the provider would not say.

        Raises:
            ProviderFailure: if nothing could be told this time.
            StopRun: if no other clip can be labelled either: no money, a key that is refused.
        """

    def label_many(self, clips: Sequence[Clip]) -> list[Labels | Refusal | ProviderFailure]:
        """Return for each clip what `label` returns or raises; override it to label them at once.

        Raises:
            StopRun: as `label`.
        """
        heard: list[Labels | Refusal | ProviderFailure] = []
        for clip in clips:
            try:
                heard.append(self.label(clip))
            except ProviderFailure as failure:
                heard.append(failure)
        return heard


class Locator(Provider):
    """Tells where in a clip a named sound is, for who takes it out; optional."""

    kind = "locator"

    @abc.abstractmethod
    def locate(self, clips: Sequence[Clip], phrases: Sequence[str]) -> list[Spans]:
        """Return for each clip where its sound is, rising, in seconds; none where it is not heard.

        Item i alone equals item i in a batch.

        Raises:
            ProviderFailure: if it cannot be told this time.
        """

    @abc.abstractmethod
    def weights_sha256(self) -> str:
        """Return the hash of the weights."""


class Separator(Provider):
    """Splits a clip into a named sound and the rest."""

    kind = "separator"
    sample_rate_hz: ClassVar[int] = 48000

    @abc.abstractmethod
    def separate(
        self,
        clips: Sequence[Clip],
        phrases: Sequence[str],
        spans: Sequence[Spans | None],
        seeds: Sequence[int],
    ) -> list[tuple[Signal, Signal]]:
        """Return (target, residual) (N,) float32 for each clip, as long as it, at its rate.

        Item i alone equals item i in a batch.
        """


class Activity(Provider):
    """Tells where a clip sounds."""

    kind = "activity"

    @abc.abstractmethod
    def spans(self, samples: Signal, sample_rate_hz: int) -> Spans:
        """Return where (N,) samples are not silent, in seconds."""


class Scorer(Provider):
    """Embeds sounds and words in one space."""

    kind = "scorer"

    @abc.abstractmethod
    def embed_audio(self, clips: Sequence[Signal], sample_rate_hz: int) -> NDArray[np.float64]:
        """Return unit vectors (B, D) of mono clips."""

    @abc.abstractmethod
    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return unit vectors (B, D) of texts."""

    @abc.abstractmethod
    def weights_sha256(self) -> str:
        """Return the hash of the weights; thresholds are only good for one."""


class StyleWriter(Provider):
    """Suggests other sounds that could take a sound's place."""

    kind = "style_writer"

    @abc.abstractmethod
    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases, none of which is in ``avoid``."""


class Paraphraser(Provider):
    """Writes further wordings of an edit; a person reviews them before any is used."""

    kind = "paraphraser"

    @abc.abstractmethod
    def write(self, brief: WordingBrief, count: int, seed: int) -> Written | Refusal:
        """Return about ``count`` wordings as they came; whoever asks checks them.

        Raises:
            ProviderFailure: if none could be got this time.
            StopRun: if no other can be got either: no money, a key that is refused.
        """


class Editor(Provider):
    """Turns one sound into another, keeping when it sounds."""

    kind = "editor"

    def limits_hz(self) -> float | None:
        """Return above which frequency edits have nothing; the pair's other side must not either.

        `None` if there is no such limit, or the editor deals with it itself.
        """
        return None

    @abc.abstractmethod
    def invert(self, clip: Clip, source_text: str, seed: int) -> Any | Refusal:
        """Return what `apply` needs of a clip; once for all the sounds it is turned into.

        A refusal says that it may not be edited, and why.

        Raises:
            ProviderFailure: if it cannot be inverted.
        """

    @abc.abstractmethod
    def apply(self, inverted: Any, target_text: str, strength: float) -> Signal:
        """Return the edited clip (N,), at the clip's rate, length and level.

        Args:
            inverted: from `invert`.
            target_text: what it should become.
            strength: 0 keeps everything, 1 nothing; see `strengths`.
        """

    def apply_many(
        self, inverted: Any, target_texts: Sequence[str], strength: float
    ) -> list[Signal]:
        """Return what `apply` gives for each text; override it to make them at once.

        They may differ from edits made alone by rounding.
        """
        return [self.apply(inverted, text, strength) for text in target_texts]

    @abc.abstractmethod
    def strengths(self) -> tuple[float, ...]:
        """Return the settings to try, the weakest first."""


class Warper(Provider):
    """Changes pitch and length of a sound."""

    kind = "warper"

    @abc.abstractmethod
    def warp(self, samples: Signal, sample_rate_hz: int, semitones: float, length: int) -> Signal:
        """Return (length,) samples of (N,), shifted by so many semitones.

        Raises:
            ProviderFailure: if it cannot be done.
        """


class Judge(Provider):
    """Says how well sounds were taken out of clips; optional. A model, not a person.

    Class attributes:
        axes: score → what a high one says; `judge` gives all of them.
    """

    kind = "judge"
    axes: ClassVar[Mapping[str, str]]

    @abc.abstractmethod
    def judge(
        self, mixes: Sequence[Clip], parts: Sequence[Clip], phrases: Sequence[str]
    ) -> list[Mapping[str, float]]:
        """Return the scores of each part that was taken out of a mix for a phrase.

        Item i alone has the scores of item i in a batch.

        Args:
            mixes: clips that were taken apart.
            parts: what was taken out of each, as long as it, at its rate.
            phrases: what was to be taken out.

        Raises:
            ProviderFailure: if it cannot be told this time.
        """

    @abc.abstractmethod
    def weights_sha256(self) -> str:
        """Return the hash of the weights; thresholds are only good for one."""


class Aligner(Provider):
    """Tells when each word of a transcript is said."""

    kind = "aligner"

    @abc.abstractmethod
    def align(self, clip: Clip, words: Sequence[str]) -> tuple[SpokenWord, ...] | Refusal:
        """Return each word with its times, in order, or why there are none.

        Args:
            clip: mono speech; its facts are the fields of its row.
            words: of the transcript, as it is written, marks included.

        Raises:
            ProviderFailure: if it cannot be told this time.
        """


KINDS: dict[str, type[Provider]] = {
    kind.kind: kind
    for kind in (
        Labeler,
        Locator,
        Separator,
        Activity,
        Scorer,
        StyleWriter,
        Paraphraser,
        Editor,
        Warper,
        Judge,
        Aligner,
    )
}
"""Kind → its contract."""
