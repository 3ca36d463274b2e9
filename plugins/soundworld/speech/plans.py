"""Plans of rows of speech: who says what, in which voice, and which words are replaced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..config import SoundworldOptions
from ..plan import generator
from ..voice.speakers import Speaker, draw_speaker, draw_unseen_speaker
from ..voice.synthesis import Utterance
from ..voice.timing import Span, time_text
from .sentences import Accept, Sentence, draw_replacement, draw_sentence

VOICE_SECONDS = 0.8
"""Shortest recording of a voice to imitate."""
VOICE_SHARE = 0.5
"""Largest share of a clip that such a recording takes."""

Key = tuple[int, ...]


@dataclass(frozen=True)
class WordEdit:
    """Where the old words are in the source, and the new ones in the target."""

    old: Span
    new: Span


@dataclass(frozen=True)
class SpeechPlan:
    """What is said in a row.

    Attributes:
        said: the target.
        voice: another utterance of the same speaker, to be imitated.
        source: what an edit or a conversion starts from.
        edit: the replaced words; all else of the target is cut from the source.
    """

    said: Utterance
    voice: Utterance | None = None
    source: Utterance | None = None
    edit: WordEdit | None = None


def plan_speech(options: SoundworldOptions, key: Key) -> SpeechPlan:
    """Return the plan of one sentence by one speaker."""
    rng = generator(key)
    speaker = _speaker(options, rng)
    return SpeechPlan(_utterance(options, rng, (*key, 1), speaker, longest=options.clip_seconds))


def plan_voice_prompt(options: SoundworldOptions, key: Key) -> SpeechPlan:
    """Return the plan of two sentences by one speaker that fit one clip together."""
    rng = generator(key)
    speaker = _speaker(options, rng)
    voice = _voice(options, rng, (*key, 2), speaker)
    rest = options.clip_seconds - _seconds(voice)
    return SpeechPlan(_utterance(options, rng, (*key, 1), speaker, longest=rest), voice=voice)


def plan_voice_conversion(options: SoundworldOptions, key: Key) -> SpeechPlan:
    """Return the plan of one sentence by two speakers at the first one's pace."""
    rng = generator(key)
    speaker, other = _speaker(options, rng), _speaker(options, rng)
    while other == speaker:
        other = _speaker(options, rng)
    voice = _voice(options, rng, (*key, 2), speaker)
    rest = options.clip_seconds - _seconds(voice)
    source = _utterance(options, rng, (*key, 3), other, longest=rest)
    said = Utterance(source.text, speaker, source.pace, source.rate, (*key, 1))
    return SpeechPlan(said, voice=voice, source=source)


def plan_speech_editing(options: SoundworldOptions, key: Key) -> SpeechPlan:
    """Return the plan of a sentence of which a word is replaced by one of another length."""
    rng = generator(key)
    speaker = _speaker(options, rng)
    fits = _fits(options, speaker.pace, 0.0, options.clip_seconds)
    found = None
    while found is None:
        old = draw_sentence(rng, options.split, fits)
        found = draw_replacement(old, rng, fits)
    new, place = found
    said, source = (
        Utterance(s.text, speaker, speaker.pace, options.sample_rate_hz, (*key, 1))
        for s in (new, old)
    )
    edit = WordEdit(old=_words(source, old, place), new=_words(said, new, place))
    return SpeechPlan(said, source=source, edit=edit)


def _speaker(options: SoundworldOptions, rng: np.random.Generator) -> Speaker:
    return draw_unseen_speaker(rng) if options.unseen_speakers else draw_speaker(rng)


def _voice(
    options: SoundworldOptions, rng: np.random.Generator, key: Key, speaker: Speaker
) -> Utterance:
    longest = VOICE_SHARE * options.clip_seconds
    return _utterance(options, rng, key, speaker, longest=longest, shortest=VOICE_SECONDS)


def _utterance(
    options: SoundworldOptions,
    rng: np.random.Generator,
    key: Key,
    speaker: Speaker,
    *,
    longest: float,
    shortest: float = 0.0,
) -> Utterance:
    accept = _fits(options, speaker.pace, shortest, longest)
    text = draw_sentence(rng, options.split, accept).text
    return Utterance(text, speaker, speaker.pace, options.sample_rate_hz, key)


def _fits(options: SoundworldOptions, pace: float, shortest: float, longest: float) -> Accept:
    """Return whether a text lasts from ``shortest`` to ``longest`` seconds."""
    rate = options.sample_rate_hz
    return lambda text: shortest <= time_text(text, pace, rate).samples / rate <= longest


def _seconds(utterance: Utterance) -> float:
    return utterance.timing.samples / utterance.rate


def _words(utterance: Utterance, sentence: Sentence, place: int) -> Span:
    """Return where one entry of a sentence, of one word or more, is heard."""
    before = len(" ".join((*sentence.words[:place], "")))
    text = sentence.words[place]
    phones = utterance.timing.phones[before : before + len(text)]
    return Span(text, phones[0].onset, phones[-1].end - phones[0].onset)
