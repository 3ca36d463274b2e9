"""What is measured of each task, beside which baseline.

An upper bound needs no entry: it is always the reference itself through the codec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Baseline:
    """What a model that learned nothing would get.

    Attributes:
        kind: ``"copy"``: the input of the edit; ``"another"``: what the model made for another
            row; ``"without"``: what it makes without a payload; ``"metric"``: another metric,
            which computes it.
        name: the payload slot or the metric.
        words: how a table calls it.
    """

    kind: Literal["copy", "another", "without", "metric"]
    words: str
    name: str = ""


COPY = Baseline("copy", "the input")
ANOTHER = Baseline("another", "another row's clip")
NO_TRANSCRIPT = Baseline("without", "without the transcript", "transcript")
NO_REFERENCE = Baseline("without", "without the recording", "reference_audio")
ONSETS_AT_RANDOM = Baseline("metric", "onsets at random", "onset_error_at_random")
REFERENCE_AT_RANDOM = Baseline("metric", "onsets at random", "reference_onset_error_at_random")
BEATS_AT_RANDOM = Baseline("metric", "notes at random", "beat_error_at_random")


@dataclass(frozen=True)
class Measure:
    """One metric of a task.

    Attributes:
        metric: name of a registered metric.
        baseline: what it is compared with.
        hears: what a trained listener must tell apart for it: a key of `listeners.TRUTHS`, or
            nothing.
        told_by: clip of a request that says what is judged; without it, it is anyone's guess, and
            not measured.
        among_recordings: whether the metric compares each clip with the recordings of all rows.
        options: of the metric.
        otherwise: what is measured where this cannot be: nobody can listen, or no row tells.
    """

    metric: str
    baseline: Baseline
    hears: str = ""
    told_by: str = ""
    among_recordings: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Measure | None = None

    @property
    def choices(self) -> tuple[Measure, ...]:
        """Return this, and then what is measured otherwise."""
        return (self, *(self.otherwise.choices if self.otherwise else ()))


OWN_RATE = {"sample_rate_hz": None}
"""At 44.1 kHz the empty bins above the model's band would dilute the distance."""

_EDIT = (
    Measure("lsd", COPY, options=OWN_RATE),
    Measure("log_mel_distance", COPY),
    Measure("log_mel_distance_inside", COPY),
    Measure("log_mel_distance_outside", COPY),
    Measure("si_sdr", COPY),
)
_CHARACTERS = Measure("character_error_rate", NO_TRANSCRIPT, hears="transcript")
_CHARACTERS_INSIDE = Measure("character_error_rate_inside", NO_TRANSCRIPT, hears="transcript")
_SAID = Measure("word_heard", NO_TRANSCRIPT, hears="word", otherwise=_CHARACTERS)
_SPEAKER = Measure(
    "speaker_heard",
    ANOTHER,
    hears="speaker",
    told_by="voice_audio",
    otherwise=Measure(
        "own_voice_nearer", ANOTHER, hears="speaker", told_by="voice_audio", among_recordings=True
    ),
)
_EVENTS = Measure(
    "event_heard",
    ANOTHER,
    hears="events",
    otherwise=Measure("own_recording_nearer", ANOTHER, among_recordings=True),
)
_ONSETS = Measure(
    "onset_error",
    ONSETS_AT_RANDOM,
    otherwise=Measure("reference_onset_error", REFERENCE_AT_RANDOM),
)
_INSTRUMENT = Measure("instrument_heard", ANOTHER, hears="label")
_MOOD = Measure("mood_heard", ANOTHER, hears="mood")

MEASURES: Mapping[str, tuple[Measure, ...]] = {
    "text_to_audio": (_EVENTS,),
    "text_to_music": (_INSTRUMENT, _MOOD),
    "video_to_audio": (_ONSETS, _EVENTS),
    "video_to_music": (Measure("beat_error", BEATS_AT_RANDOM), _MOOD),
    "text_to_speech": (_SAID, _SPEAKER),
    "voice_conversion": (_SAID, _SPEAKER, Measure("mel_cepstral_distortion", COPY)),
    "speech_editing": (
        replace(_SAID, otherwise=_CHARACTERS_INSIDE),
        Measure("log_mel_distance_inside", NO_TRANSCRIPT),
        Measure("log_mel_distance_outside", NO_REFERENCE),
    ),
    "in_context_generation": (_INSTRUMENT, _MOOD),
    "add": _EDIT,
    "remove": _EDIT,
    "extract": _EDIT,
    "style_transfer": _EDIT,
    "instruction_editing": _EDIT,
}
