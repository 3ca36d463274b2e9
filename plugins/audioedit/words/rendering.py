"""What stands in the slots of a wording, and the sentence that it becomes."""

from __future__ import annotations

from ..records import Slots, Words
from .language import NEW, Language
from .phrases import is_many

_OPENERS = "¿¡«„“‘「『("
"""Marks that may stand before the first letter of a sentence."""


def values_of(slots: Slots, language: Language) -> dict[str, str]:
    """Return what can be put into braces; times only where they are known and read well."""
    values = {
        "a": slots.object.indefinite,
        "the": slots.object.definite,
        "bare": slots.object.bare,
        **_agreeing(slots.object, language),
    }
    if slots.object_to is not None:
        values["b"] = slots.object_to.indefinite
        values["B"] = capitalised(slots.object_to.indefinite, language)
        new = _agreeing(slots.object_to, language)
        values |= {f"{NEW}{slot}": text for slot, text in new.items()}
    if slots.when is not None:
        values["when"] = slots.when
    if slots.start_s is not None and slots.start_s not in language.unsaid_seconds:
        values["s"] = f"{slots.start_s:g}".replace(".", language.decimal)
    return values


def _agreeing(words: Words, language: Language) -> dict[str, str]:
    """Return a sound's further forms and pronouns; in English those of one or of many."""
    if words.forms is not None:
        return words.forms
    return language.pronouns.get("many" if is_many(words.definite) else "one", {})


def capitalised(text: str, language: Language) -> str:
    """Return a sentence with a capital; a mark before its first letter is passed over."""
    start = len(text) - len(text.lstrip(_OPENERS))
    rest = text[start:]
    for small in sorted(language.capitals, key=len, reverse=True):
        if rest.startswith(small):
            return f"{text[:start]}{language.capitals[small]}{rest[len(small) :]}"
    return f"{text[:start]}{rest[:1].upper()}{rest[1:]}"


def spoken_seconds(seconds: float) -> tuple[str, ...]:
    """Return how seconds are written, whatever stands for the decimal point."""
    return tuple(dict.fromkeys(f"{seconds:g}".replace(".", mark) for mark in ".,٫"))
