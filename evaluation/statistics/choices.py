"""Multiple-choice answers: the official rules of MMAU and MMSU, and letters without dice.

Every question counts: an answer that cannot be read, or is not there, is wrong.

Source: Sakshi et al. 2025, "MMAU", and Wang et al. 2025, "MMSU", with their published evaluations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...core.errors import DataError

LETTERS = "ABCD"
ENDS = (",", ".", "!", "?", ";", ":", "'")
LONG_ANSWER_WORDS = 5
"""Answers with more words than this may name an option by its text."""


@dataclass(frozen=True)
class Parsed:
    """What MMSU's official rule reads from an answer.

    Attributes:
        letter: A to D, or `None`.
        counted: whether the official accuracy counts the record; it leaves out what it cannot
            read, but not what is empty.
    """

    letter: str | None
    counted: bool


@dataclass(frozen=True)
class Accuracy:
    """Right answers of a group of questions.

    Attributes:
        correct: how many are right.
        counted: of how many; all for the strict accuracy.
        unparsed: answers from which no option could be read.
    """

    correct: int
    counted: int
    unparsed: int

    @property
    def value(self) -> float | None:
        """Return the share that is right, `None` where nothing is counted."""
        return self.correct / self.counted if self.counted else None


def mmau_match(prediction: str | None, answer: str, choices: Collection[str]) -> bool:
    """Tell whether an answer is right by MMAU's official rule.

    All words of the right option occur, and none that belongs only to another option. Words have
    no order and no case.

    Args:
        prediction: what the model wrote; `None` and an empty text are wrong.
        answer: text of the right option.
        choices: texts of all options.
    """
    said, wanted = _words(prediction or ""), _words(answer)
    others: set[str] = set()
    for choice in choices:
        if choice != answer:
            others |= _words(choice) - wanted
    return bool(said) and wanted <= said and not said & others


def mmsu_letter(response: str | None) -> Parsed:
    """Return the letter by MMSU's official rule: the first character, else the second-last.

    "The answer is A." is an A, "The answer is A" is not, and "Because" is a B.
    """
    text = (response or "").strip().replace("\n", "")
    if text in ("", "None"):
        return Parsed(None, counted=True)
    for character in (text[0], text[-2:-1]):
        if character and character in LETTERS:
            return Parsed(character, counted=True)
    return Parsed(None, counted=False)


def parse_letter(
    response: str | None,
    choices: Mapping[str, str],
    *,
    rule: Literal["mmsu", "mmau"] = "mmsu",
) -> str | None:
    """Return the option that an answer names by its letter, `None` where it names none.

    Letters in brackets come first, then bare ones, then ones with a full stop, then, in answers
    of more than five words, the options' texts; of several, the last one named. lmms-eval reads
    the same, but draws a letter at random where this gives `None`.

    Args:
        response: what the model wrote.
        choices: text of each option by its letter.
        rule: which of lmms-eval's two readings. ``mmau``: a bare letter has a space on both
            sides, and of several in brackets the first counts.
    """
    text = response or ""
    for end in ENDS:
        text = text.strip(end)
    text = f" {text} "
    bare = "{} " if rule == "mmsu" else " {} "
    last = "({})" if rule == "mmsu" else " {} "
    for pattern, place in (("({})", last), (bare, " {} "), ("{}.", " {} ")):
        named = [letter for letter in choices if pattern.format(letter) in text]
        if named:
            return max(named, key=lambda letter: text.rfind(place.format(letter)))
    if len(text.split()) <= LONG_ANSWER_WORDS:
        return None
    folded = text.lower()
    named = [letter for letter, words in choices.items() if words.lower() in folded]
    return max(named, key=lambda letter: folded.rfind(choices[letter].lower()), default=None)


def accuracy(right: Sequence[bool | None], counted: Sequence[bool] | None = None) -> Accuracy:
    """Return the accuracy of questions.

    Args:
        right: whether each is right; `None` where no option could be read, which is wrong.
        counted: which ones are in the denominator; left out: all, the strict accuracy.

    Raises:
        DataError: if there is no question, or the lengths differ.
    """
    if not right or (counted is not None and len(counted) != len(right)):
        raise DataError(
            f"Got {len(right)} answers; expected at least one, and one mark of being counted each."
        )
    kept = [mark for mark, used in zip(right, counted or [True] * len(right), strict=True) if used]
    return Accuracy(
        correct=sum(bool(mark) for mark in kept),
        counted=len(kept),
        unparsed=sum(mark is None for mark in right),
    )


def accuracy_by_group(
    right: Sequence[bool | None], groups: Sequence[str], counted: Sequence[bool] | None = None
) -> dict[str, Accuracy]:
    """Return the accuracy of each group of questions, in order of first appearance.

    Raises:
        DataError: if the lengths differ.
    """
    if len(groups) != len(right):
        raise DataError(f"Got {len(groups)} groups for {len(right)} answers; expected one each.")
    used = counted or [True] * len(right)
    found = {}
    for group in dict.fromkeys(groups):
        rows = [number for number, name in enumerate(groups) if name == group]
        found[group] = accuracy([right[n] for n in rows], [used[n] for n in rows])
    return found


def check_choices(
    expected: Mapping[str, Sequence[str]], answered: Mapping[str, Sequence[str]]
) -> None:
    """Refuse an answer file whose questions or options are not those of the benchmark.

    Args:
        expected: options of the benchmark by question id.
        answered: options of the answer file by question id; their order is free.

    Raises:
        DataError: for unknown ids, missing ids or other options; names the first and the count.
    """
    unknown = [key for key in answered if key not in expected]
    missing = [key for key in expected if key not in answered]
    if unknown or missing:
        what, keys = ("are not in the benchmark", unknown) if unknown else ("are missing", missing)
        raise DataError(
            f"{len(keys)} questions of the answer file {what}, first '{keys[0]}'; expected the "
            f"{len(expected)} questions of the benchmark. Check its version and split."
        )
    other = [key for key, found in answered.items() if sorted(found) != sorted(expected[key])]
    if other:
        key = other[0]
        raise DataError(
            f"{len(other)} questions of the answer file have other choices than the benchmark, "
            f"first '{key}': got {list(answered[key])}, expected {list(expected[key])}. Answer "
            "the questions of this version of the benchmark."
        )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\b\w+\b", text.lower()))
