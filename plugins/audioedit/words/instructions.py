"""Instructions: the slots that a record stores, and one wording of them in a language that ships.

What a configuration adds, other languages and more wordings, is in `Wordings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..config import Task
from ..records import Instruction, Slots, Split, Words
from .language import TASKS, TIMES
from .languages import builtin_language, builtin_languages
from .rendering import spoken_seconds
from .template import Template
from .wordings import Wordings, slots_in_language


def languages() -> list[str]:
    """Return the languages that ship with wordings."""
    return list(builtin_languages())


def templates(lang: str = "en") -> dict[Task, Sequence[Template]]:
    """Return the wordings of all edits in one language that ships.

    Raises:
        DataError: for a language without a file of wordings; lists those there are.
    """
    wordings = Wordings.builtin(lang)
    return {task: wordings.templates(lang, task) for task in TASKS}


def slots_of(
    words: Words,
    *,
    object_to: Words | None = None,
    onset_s: float | None = None,
    clip_seconds: float | None = None,
    lang: str = "en",
) -> Slots:
    """Return what an instruction is made of, as `slots_in_language` does.

    Raises:
        DataError: for a language that does not ship.
    """
    return slots_in_language(
        builtin_language(lang),
        words,
        object_to=object_to,
        onset_s=onset_s,
        clip_seconds=clip_seconds,
    )


def word(
    task: Task, slots: Slots, *, lang: str = "en", rng: np.random.Generator, split: Split = "train"
) -> Instruction:
    """Return one wording of an edit in a language that ships, as `Wordings.word` does.

    Raises:
        DataError: for style transfer without what the sound turns into, or an unknown language.
    """
    return Wordings.builtin(lang).word(task, slots, lang=lang, rng=rng, split=split)


def says_when(instruction: Instruction) -> bool:
    """Tell whether an instruction speaks of time, which holds of the whole pair only.

    Of a wording that ships its slots tell; of any other the text does: it has one of the times
    that its slots know.
    """
    known = _shipped(instruction)
    if known is not None:
        return bool(known.fields & TIMES)
    slots, text = instruction.slots, instruction.text.casefold()
    if slots.when is not None and slots.when.casefold() in text:
        return True
    return slots.start_s is not None and any(
        spoken in text.split() for spoken in spoken_seconds(slots.start_s)
    )


def is_held_out(instruction: Instruction) -> bool:
    """Tell whether an instruction is worded as training never sees it."""
    known = _shipped(instruction)
    return known is not None and known.held_out


def _shipped(instruction: Instruction) -> Template | None:
    if instruction.lang not in builtin_languages():
        return None
    return _by_id(instruction.lang).get(instruction.template)


@lru_cache(maxsize=8)
def _by_id(lang: str) -> dict[str, Template]:
    return {t.id: t for wordings in templates(lang).values() for t in wordings}
