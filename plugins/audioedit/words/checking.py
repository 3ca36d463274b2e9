"""Whether a wording that a model wrote asks for its edit, of any sound, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..config import Task
from ..records import normal_text
from .conflicts import PREFIX_MARK, matches
from .language import TASKS, TIMES, Language, slots_in

LONGEST_LETTERS, FEWEST_WORDS, MOST_WORDS = 140, 2, 24
SHORT = 2
"""Letters of words that take no ending: in, or."""
NEW_SOUND = frozenset({"b", "B"})
REASONS: Mapping[str, str] = {
    "nonsense": "it is no sentence of 2 to 24 words",
    "unknown_slot": "it has a slot that there is none of",
    "no_object": "it lacks the slot of the sound, or of what the sound turns into",
    "other_task": "it asks for another edit",
    "untrue_time": "it tells when without a slot",
    "agreement": "a word of it agrees with one sound and not with many",
    "duplicate": "it is there already",
}
"""Reason → what is wrong."""
_SLOT = re.compile(r"\{(\w*)\}")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def reason_against(
    text: str, task: Task, language: Language, known: Iterable[str] = ()
) -> str | None:
    """Return why a wording cannot be used, one of `REASONS`, or `None` if it can.

    Args:
        text: with slots in braces.
        task: what it should ask for.
        language: what it is written in; its `rules` name verbs and times.
        known: further wordings that it must differ from, beside the language's own.
    """
    words, rules = words_beside_slots(text), language.rules
    try:
        slots = slots_in(text)
    except ValueError:
        return "nonsense"
    others = [verb for t in TASKS if t != task for verb in rules.verbs.get(t, ())]
    own = [t for each in TASKS for t in language.wordings(each).templates.values()]
    tells_when = says(words, rules.times) or re.search(r"\d", text) is not None
    faults = {
        "nonsense": not _is_sentence(text, words),
        "unknown_slot": bool(slots - language.slots(task)),
        "no_object": not _names_its_sounds(slots, task, language),
        "other_task": says(words, others),
        "untrue_time": tells_when and not slots & TIMES,
        "agreement": not _fits_any_number(text, words, language),
        "duplicate": likeness(text) in set(map(likeness, (*own, *known))),
    }
    return next((reason for reason, is_so in faults.items() if is_so), None)


def fault_of(text: str, task: Task, language: Language, known: Iterable[str] = ()) -> str | None:
    """Return what is wrong with a wording in words, or `None`."""
    reason = reason_against(text, task, language, known)
    return None if reason is None else f"{REASONS[reason]} ({reason})"


def likeness(text: str) -> str:
    """Return a wording without case, punctuation and spacing: what makes two of them one."""
    kept = _SLOT.sub(lambda slot: f" slot{slot[1].lower()} ", normal_text(text).casefold())
    return " ".join(re.findall(r"\w+", kept))


def words_beside_slots(text: str) -> list[str]:
    """Return the words of a wording in lower case, its slots left out."""
    return _WORD.findall(_SLOT.sub(" ", text).lower())


def says(words: Sequence[str], entries: Iterable[str]) -> bool:
    """Tell whether words hold an entry, with endings; of several words, one after the other."""
    for entry in entries:
        parts = entry.split()
        runs = zip(*(words[k:] for k in range(len(parts))), strict=False)
        if any(all(map(_is, parts, run)) for run in runs):
            return True
    return False


def _is(entry: str, word: str) -> bool:
    """Tell whether a word is an entry, with an ending unless it is very short; "removing" is."""
    if len(entry.rstrip(PREFIX_MARK)) <= SHORT:
        return word == entry
    return matches(entry, word) or (entry.endswith("e") and matches(entry[:-1], word))


def _is_sentence(text: str, words: Sequence[str]) -> bool:
    """Tell whether a text reads as one request: not empty, not a list, no markup."""
    slots = len(_SLOT.findall(text))
    return (
        len(text) <= LONGEST_LETTERS
        and FEWEST_WORDS <= len(words) + slots <= MOST_WORDS
        and len(words) > 0
        and text == normal_text(text)
        and re.search(r"[<>#*_`\\|=\[\]]", _SLOT.sub("", text)) is None
        and text[-1:] in ".?!。？！"
    )


def _names_its_sounds(slots: frozenset[str], task: Task, language: Language) -> bool:
    """Tell whether a wording has the slot of its sound, and for style transfer of the new one."""
    own = {"a", "the", "bare", *language.forms}
    if not own & slots:
        return False
    new = {*NEW_SOUND, *(f"b_{form}" for form in language.forms)}
    return task != "style" or bool(new & slots)


def _fits_any_number(text: str, words: Sequence[str], language: Language) -> bool:
    rules = language.rules
    if set(words) & set(rules.pronouns):
        return False
    sides = (r"([\w'’]+)\W*\{\w+\}", r"\{\w+\}\W*([\w'’]+)")
    beside = {word for side in sides for word in re.findall(side, text.lower())}
    return not beside & set(rules.agreeing)
