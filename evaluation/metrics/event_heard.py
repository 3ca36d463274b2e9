"""Whether a classifier hears what a prompt asked for: events, an instrument, a mood, a voice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from ...core.errors import RequestError
from ...core.media.waveform import Waveform
from ...core.metric import Measured, Metric
from ..confusion import Confusion, confusion_of
from ..event_classifier import EventClassifier
from ..tune_classifier import TuneClassifier
from .config import (
    EventHeardConfig,
    EventHeardTop1Config,
    InstrumentHeardConfig,
    MoodHeardConfig,
    SpeakerHeardConfig,
    WordHeardConfig,
)


class Classifier(Protocol):
    """What the metric asks of a classifier."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return every label it knows."""
        ...

    @property
    def digest(self) -> str:
        """Return what identifies its weights."""
        ...

    def predict(self, waveform: Waveform) -> Mapping[str, float]:
        """Return the probability of each label."""
        ...


class EventHeard(Metric):
    """Share of the prompted labels among the classifier's most probable ones.

    As many labels count as heard as the scene has different events (option ``top: one``: the
    first alone), so a clip with one event scores 0 or 1. The labels asked for are
    ``truth["label"]``, or those of ``truth["events"]``; option ``label_from`` names another fact.
    Guessing scores events ÷ labels.
    """

    name = "event_heard"
    unit = "1"
    direction = "higher"
    config_model = EventHeardConfig
    config: EventHeardConfig

    def __init__(
        self, config: BaseModel | None = None, classifier: Classifier | None = None
    ) -> None:
        """Keep the options and the trained classifier."""
        super().__init__(config)
        self.classifier = classifier

    @staticmethod
    def train_classifier(
        clips: Sequence[Waveform], labels: Sequence[str | Sequence[str]], seed: int
    ) -> Classifier:
        """Return a classifier to hand in, trained on real renderings; see `EventClassifier.fit`."""
        return EventClassifier.fit(clips, labels, seed)

    def score(self, clip: Measured) -> float:
        """Return the share heard in one clip."""
        asked, guesses = self._asked_and_guesses(clip)
        if self.config.top == "one":
            return float(guesses[0] in asked)
        return len(asked & set(guesses)) / len(asked)

    def confusion(self, clips: Iterable[Measured]) -> Confusion:
        """Return which label is heard where another was asked for, over clips.

        Of a clip with several events as many guesses count as it has events.
        """
        cases = [self._asked_and_guesses(clip) for clip in clips]
        return confusion_of(self._trained().labels, cases)

    def fingerprint(self) -> dict[str, Any]:
        """Return the options and the classifier's identity."""
        return {**super().fingerprint(), "classifier": self._trained().digest}

    def _asked_and_guesses(self, clip: Measured) -> tuple[set[str], list[str]]:
        """Return the labels asked for, and the likeliest ones, as many as the scene has."""
        classifier = self._trained()
        asked, events = prompted_labels(self.name, clip, self.config.label_from)
        unknown = sorted((asked | events) - set(classifier.labels))
        if unknown:
            raise RequestError(
                f"Metric '{self.name}' was asked for {', '.join(unknown)}, which its "
                f"classifier never learned; it knows {', '.join(classifier.labels)}. Train it "
                "on clips of these too, or leave the row out."
            )
        chances = classifier.predict(clip.generated)
        ranked = sorted(chances, key=lambda label: (-chances[label], label))
        return asked, ranked[: len(events)]

    def _trained(self) -> Classifier:
        if self.classifier is None:
            raise RequestError(
                f"Metric '{self.name}' has no classifier; a recipe cannot hold one. Train one with "
                f"`{type(self).__name__}.train_classifier(clips, labels, seed)` and pass it: "
                f"{type(self).__name__}(config, classifier=…)."
            )
        return self.classifier


class EventHeardTop1(EventHeard):
    """Share of clips whose most probable label was asked for."""

    name = "event_heard_top1"
    config_model = EventHeardTop1Config


class InstrumentHeard(EventHeard):
    """Share of clips whose most probable label is the instrument, ``truth["label"]``."""

    name = "instrument_heard"
    config_model = InstrumentHeardConfig


class MoodHeard(EventHeard):
    """Share of clips whose most probable label is the mood, ``truth["mood"]``."""

    name = "mood_heard"
    config_model = MoodHeardConfig

    @staticmethod
    def train_classifier(
        clips: Sequence[Waveform], labels: Sequence[str | Sequence[str]], seed: int
    ) -> Classifier:
        """Return a classifier of tunes to hand in; see `TuneClassifier.fit`."""
        names = [label if isinstance(label, str) else " ".join(label) for label in labels]
        return TuneClassifier.fit(clips, names, seed)


class SpeakerHeard(EventHeard):
    """Share of clips whose most probable label is who speaks, ``truth["speaker"]``."""

    name = "speaker_heard"
    config_model = SpeakerHeardConfig


class WordHeard(EventHeard):
    """Share of clips whose most probable label is the one word said, ``truth["word"]``."""

    name = "word_heard"
    config_model = WordHeardConfig


def prompted_labels(
    metric: str, clip: Measured, label_from: str | None = None
) -> tuple[set[str], set[str]]:
    """Return the labels asked for, and all that the scene holds.

    Args:
        metric: for the message.
        clip: with the row's truth.
        label_from: the fact that is asked for; left out, the label, or else the events.

    Raises:
        RequestError: if the truth does not tell it.
    """
    label = clip.truth.get(label_from or "label")
    told = () if label_from else clip.truth.get("events") or ()
    events = {str(event["label"]) for event in told}
    asked = {str(label)} if label is not None else events
    if not asked:
        facts = f"truth['{label_from}']" if label_from else "truth['label'] or truth['events']"
        raise RequestError(
            f"Metric '{metric}' needs {facts}; got a row that does not tell. Measure rows of a "
            "source that knows what sounds in them."
        )
    return asked, events | asked
