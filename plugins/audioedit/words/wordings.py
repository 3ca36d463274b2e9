"""All wordings of a data set: those of its languages, and those that a person accepted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from ....core.errors import DataError, suggestion
from ..config import Task
from ..records import Instruction, Slots, Split, Words
from .language import TASKS, TIMES, Language
from .languages import builtin_language
from .rendering import capitalised, values_of
from .template import Template

More = Mapping[str, Mapping[Task, Sequence[Template]]]
"""Language → edit → wordings beside the language's own."""
PLACES = ("early", "middle", "late")


class Wordings:
    """Words edits in some languages."""

    def __init__(self, languages: Iterable[Language], more: More | None = None) -> None:
        """Keep the languages, and what there is beside their own wordings.

        Raises:
            DataError: if wordings are given for a language that there is none of.
        """
        self.languages = {language.lang: language for language in languages}
        self.more = more or {}
        for lang in self.more:
            self.language(lang)
        self._templates = {
            (lang, task): _templates(language, task, self.more.get(lang, {}))
            for lang, language in self.languages.items()
            for task in TASKS
        }

    @classmethod
    @lru_cache(maxsize=8)
    def builtin(cls, *langs: str) -> Wordings:
        """Return the wordings that ship, in some languages.

        Raises:
            DataError: for a language that does not ship.
        """
        return cls(map(builtin_language, langs))

    def language(self, lang: str) -> Language:
        """Return a language.

        Raises:
            DataError: if it is none of these.
        """
        if lang not in self.languages:
            raise DataError(
                f"There are no wordings in '{lang}'.{suggestion(lang, self.languages)} Expected "
                f"one of {', '.join(self.languages)}."
            )
        return self.languages[lang]

    def templates(self, lang: str, task: Task) -> Sequence[Template]:
        """Return the wordings of an edit, the language's own first.

        Raises:
            DataError: for a language that is none of these.
        """
        self.language(lang)
        return self._templates[lang, task]

    def word(
        self,
        task: Task,
        slots: Slots,
        *,
        lang: str,
        rng: np.random.Generator,
        split: Split = "train",
        timed: bool = True,
    ) -> Instruction:
        """Return one wording of an edit, drawn among those whose slots are known.

        Args:
            task: the edit.
            slots: from `slots_in_language`, of the same language.
            lang: language of the wording.
            rng: stream ``words`` of the item; one number is drawn.
            split: two wordings of a task are for ``"test"`` alone.
            timed: whether it may say when.

        Raises:
            DataError: for style transfer without what the sound turns into, or an unknown language.
        """
        language = self.language(lang)
        values = values_of(slots, language)
        known = [t for t in self.templates(lang, task) if t.fields <= values.keys()]
        fitting = [
            t
            for t in known
            if (split == "test" or not t.held_out) and (timed or not t.fields & TIMES)
        ]
        if not fitting:
            raise DataError(
                f"No wording of '{task}' fits {', '.join(sorted(values))}; expected object_to "
                "among the slots: what the sound turns into."
            )
        chosen = fitting[int(rng.integers(len(fitting)))]
        text = capitalised(chosen.text.format(**values), language)
        return Instruction(text=text, lang=lang, template=chosen.id, slots=slots)

    @property
    def sha256(self) -> str:
        """Return the hash of all that can be said."""
        more = [
            [lang, task, template.id, template.text]
            for lang, tasks in sorted(self.more.items())
            for task, templates in sorted(tasks.items())
            for template in templates
        ]
        text = json.dumps([[lang.sha256 for lang in self.languages.values()], more])
        return hashlib.sha256(text.encode()).hexdigest()


def slots_in_language(
    language: Language,
    words: Words,
    *,
    object_to: Words | None = None,
    onset_s: float | None = None,
    clip_seconds: float | None = None,
) -> Slots:
    """Return what an instruction is made of.

    Args:
        language: what the times are called in.
        words: of the sound that the edit is about, in that language.
        object_to: of what it turns into, for style transfer.
        onset_s: where it begins, in seconds; left out, no wording speaks of time.
        clip_seconds: length of the pair: thirds of it are early on, about halfway, near the end.
    """
    if onset_s is None:
        return Slots(object=words, object_to=object_to)
    when = None
    if clip_seconds is not None:
        third = min(int(3 * onset_s / clip_seconds), 2)
        when = getattr(language.when, PLACES[third])
    return Slots(object=words, object_to=object_to, when=when, start_s=round(2 * onset_s) / 2)


def _templates(
    language: Language, task: Task, more: Mapping[Task, Sequence[Template]]
) -> tuple[Template, ...]:
    own = language.wordings(task)
    shipped = (Template(i, text, i in own.held_out) for i, text in own.templates.items())
    return (*shipped, *more.get(task, ()))
