"""What a labeller says, brought into the form that all stages rely on (spec section 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from ..records import normal_text
from .contract import HeardSource, Labels, Phrase
from .heard import AnswerLabels, AnyPhrase, AnySource
from .lemmas import lemmas
from .phrasing import phrase_of

MOST_SOURCES = 5
Prominence = Literal["dominant", "clear", "faint"]
PhraseT = TypeVar("PhraseT", bound=Phrase)

STOP = frozenset(
    lemmas(text)
    for text in (
        "background noise", "background sound", "background", "noise", "silence", "sound", "audio",
        "recording", "audio recording", "ambience", "ambient sound", "ambient noise", "room tone",
        "unknown", "unknown sound", "unidentified sound", "microphone noise", "nothing", "none",
    )
)  # fmt: skip
"""What names no source, as sets of lemmas."""


def clean_labels(
    heard: AnswerLabels, *, seconds: float | None = None, keep: Sequence[Prominence]
) -> Labels:
    """Return labels that hold what is asked of them; nothing is invented.

    Args:
        heard: as the model answered.
        seconds: length of the clip; onsets beyond it are dropped, their sources are not.
        keep: prominences to keep.
    """
    sources = [
        source
        for source in (_source(any_, seconds) for any_ in heard.sources)
        if source is not None and source.prominence in keep
    ]
    return Labels(
        scene=normal_text(heard.scene)[:200].strip(),
        has_speech=heard.has_speech,
        has_music=heard.has_music,
        unusable=heard.unusable,
        sources=tuple(distinct(sources)[:MOST_SOURCES]),
    )


def distinct(phrases: Iterable[PhraseT], avoid: Iterable[str] = ()) -> list[PhraseT]:
    """Return phrases without those of the same words, whatever their order and endings.

    Args:
        phrases: the first of equal ones stays.
        avoid: labels that count as seen.
    """
    seen = {lemmas(text) for text in avoid}
    kept = []
    for phrase in phrases:
        words = lemmas(phrase.label)
        if words and words not in seen:
            seen.add(words)
            kept.append(phrase)
    return kept


def clean_phrase(any_: AnyPhrase) -> Phrase | None:
    """Return a phrase with its articles in order, or `None` if it names no source."""
    plain = phrase_of(any_.label)
    if plain is None or lemmas(plain.label) in STOP:
        return None
    written = (normal_text(any_.indefinite), normal_text(any_.definite))
    forms = [
        text if 0 < len(text) <= 120 else guess
        for text, guess in zip(written, (plain.indefinite, plain.definite), strict=True)
    ]
    family = plain.family if any_.family == "other" else any_.family
    return Phrase(label=plain.label, indefinite=forms[0], definite=forms[1], family=family)


def _source(any_: AnySource, seconds: float | None) -> HeardSource | None:
    phrase = clean_phrase(any_)
    if phrase is None:
        return None
    onset = any_.onset_hint_s
    inside = onset is not None and onset >= 0 and (seconds is None or onset < seconds)
    return HeardSource(
        **phrase.model_dump(),
        prominence=any_.prominence,
        continuous=any_.continuous,
        confidence=min(max(any_.confidence, 0.0), 1.0),
        onset_hint_s=onset if inside else None,
    )
