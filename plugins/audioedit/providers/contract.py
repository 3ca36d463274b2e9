"""The contracts of providers, by kind. Heavy libraries load when a provider is first used."""

from __future__ import annotations

import abc
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from ....core.catalog import Catalog
from ....core.config import Config, NoOptions

Signal = NDArray[np.float32]
Spans = tuple[tuple[float, float], ...]
"""Rising (start, end) in seconds."""

Family = Literal[
    "animal", "voice", "human_other", "music", "vehicle", "tool", "nature", "alarm", "impact",
    "electronic", "other",
]  # fmt: skip


class Phrase(Config):
    """A sound in words.

    ``label`` is bare and lower case ("dog barking"), as separators were trained on.
    """

    label: str = Field(min_length=1, max_length=80, description="One to six words, no article.")
    indefinite: str = Field(min_length=1, max_length=120, description="With 'a': a dog barking.")
    definite: str = Field(min_length=1, max_length=120, description="With 'the'.")
    family: Family = Field(default="other", description="What kind of thing sounds.")


class HeardSource(Phrase):
    """A source of sound that a labeller hears in a clip."""

    prominence: Literal["dominant", "clear", "faint"] = Field(
        default="clear", description="How much it stands out."
    )
    continuous: bool = Field(default=False, description="Whether it goes on throughout.")
    confidence: float = Field(default=1.0, ge=0, le=1, description="How sure the labeller is.")
    onset_hint_s: float | None = Field(default=None, ge=0, description="Where it begins, if told.")


class Labels(Config):
    """What a labeller hears in one clip (spec section 3.1)."""

    scene: str = Field(default="", max_length=200, description="The scene in one plain sentence.")
    has_speech: bool = Field(default=False, description="Whether anyone speaks.")
    has_music: bool = Field(default=False, description="Whether music plays.")
    unusable: Literal["silent", "corrupt", "single_tone"] | None = Field(
        default=None, description="Why nothing can be named."
    )
    sources: tuple[HeardSource, ...] = Field(
        default=(), max_length=5, description="The most audible first."
    )
    asked: str | None = Field(
        default=None, description="Model, as the service names it, and the day of its answer."
    )


class StylePhrase(Phrase):
    """Another sound that could take a sound's place."""

    keeps: Literal["pitch", "rhythm", "both"] = Field(
        default="rhythm", description="What of the first sound stays."
    )


@dataclass(frozen=True)
class Spent:
    """What calls cost."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True)
class Clip:
    """A clip that a provider is handed: mono samples (N,), and what is known of it.

    Attributes:
        id: of the item.
        samples: (N,) float32.
        sample_rate_hz: samples per second.
        sha256: of its blob; keys caches.
        facts: fields of its row, such as the class that a data set gives.
    """

    id: str
    samples: Signal
    sample_rate_hz: int
    sha256: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a provider works: it may keep answers there, and must not spend more than this.

    Attributes:
        root: folder of the data set.
        catalog: the plugins, for a provider that works with another one.
        budget_usd: most money that all its processes may spend together; `None` for any.
        budget_tokens: most tokens, likewise.
    """

    root: Path
    catalog: Catalog
    budget_usd: float | None = None
    budget_tokens: int | None = None


class Provider(abc.ABC):
    """What all providers have in common.

    Class attributes:
        config: pydantic model of the options. Its class variable ``how``, if it has one, names
            options that change no result: a data set may go on with others.
        kind: which of the contracts below it keeps.
        licence: of code, weights *and* outputs, as text with a link.
        needs: what it takes: ``"gpu"``, ``"network"``, names of packages.
        deterministic: whether equal input gives equal output.
    """

    config: ClassVar[type[BaseModel]] = NoOptions
    kind: ClassVar[str]
    licence: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    deterministic: ClassVar[bool] = True

    def __init__(self, options: BaseModel) -> None:
        """Keep the options; loads nothing heavy.

        Raises:
            ConfigError: if a key or a file that it needs is not there; says which.
            PluginError: if a package is missing; says what to install.
        """
        self.options = options

    def bind(self, place: Place) -> None:  # noqa: B027 - most keep nothing
        """Take where it works; called once, after construction and before `check`."""

    def check(self) -> None:  # noqa: B027 - most have nothing to check
        """Raise unless it can work here; called before any work starts.

        Raises:
            ConfigError, PluginError: says what is missing, and where to get or set it.
        """

    def estimate(self, items: int, seconds: float) -> Spent:
        """Return what so many clips of so many seconds each will cost at most; nothing is sent."""
        del items, seconds
        return Spent()

    def fingerprint(self) -> str:
        """Return a text that changes with all that changes its output."""
        values = self.options.model_dump(mode="json")
        text = json.dumps([type(self).__name__, self.version, values], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    version: ClassVar[int] = 1
    """Raised with every change of behaviour."""


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


@dataclass(frozen=True)
class Refusal:
    """An answer that is final and is none."""

    reason: str
    detail: str = ""


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
    """Says how well a part was separated; optional."""

    kind = "judge"

    @abc.abstractmethod
    def judge(self, mix: Clip, part: Clip, phrase: str) -> Mapping[str, float]:
        """Return scores by name."""


class ProviderFailure(Exception):
    """A provider could not do it this time.

    Attributes:
        retryable: whether another try may succeed.
        reason: a short code.
    """

    def __init__(self, message: str, *, retryable: bool = True, reason: str = "provider") -> None:
        """Keep message, code and whether to try again."""
        super().__init__(message)
        self.retryable = retryable
        self.reason = reason


KINDS: dict[str, type[Provider]] = {
    kind.kind: kind
    for kind in (Labeler, Separator, Activity, Scorer, StyleWriter, Editor, Warper, Judge)
}
"""Kind → its contract."""
