"""Style words that a model wrote, brought into the form that all stages rely on (spec 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from .contract import StylePhrase
from .families import may_replace
from .heard import AnswerStyles
from .labels import clean_phrase, distinct
from .phrasing import phrase_of


def clean_styles(
    answer: AnswerStyles, *, label: str, count: int, avoid: Sequence[str]
) -> tuple[StylePhrase, ...]:
    """Return up to ``count`` phrases: none is the sound itself or in the scene already.

    What the rules of families rule out is dropped: a knock does not become rain.

    Args:
        answer: as the model wrote it.
        label: the sound that is to be replaced.
        count: most phrases.
        avoid: labels of the scene's other sources.
    """
    named = phrase_of(label)
    family = named.family if named else "other"
    phrases = []
    for any_ in answer.sounds:
        phrase = clean_phrase(any_)
        if phrase is not None and may_replace(family, phrase.family):
            phrases.append(StylePhrase(**phrase.model_dump(), keeps=any_.keeps))
    return tuple(distinct(phrases, avoid=(label, *avoid))[:count])
