"""Instructions: the slots that a record stores, and one wording of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

import numpy as np
import yaml

from ....core.errors import DataError, suggestion
from ..config import Task
from ..records import Instruction, Slots, Split, Words
from .phrases import is_plural

PLACES = ("early", "middle", "late")
TIMES = frozenset({"when", "s"})
"""Fields of a wording that speak of time."""
_FOLDER = files(__package__)


@dataclass(frozen=True)
class Template:
    """One wording of an edit.

    Attributes:
        id: unique within its language: ``"add-03"``.
        text: with fields in braces, see ``en.yaml``.
        held_out: whether training never sees it.
    """

    id: str
    text: str
    held_out: bool

    @property
    def fields(self) -> frozenset[str]:
        """Return the names in braces."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.text) if name)


def languages() -> list[str]:
    """Return the languages that there are wordings in."""
    names = (file.name for file in _FOLDER.iterdir())
    found = (name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))
    return sorted(name for name in found if len(name) == 2)


def templates(lang: str = "en") -> Mapping[Task, Sequence[Template]]:
    """Return the wordings of all edits in one language.

    Raises:
        DataError: for a language without a file of wordings; lists those there are.
    """
    values = _language(lang)
    return {
        task: [
            Template(name, text, name in values[task]["held_out"])
            for name, text in values[task]["templates"].items()
        ]
        for task in ("add", "remove", "extract", "style")
    }


def slots_of(
    words: Words,
    *,
    object_to: Words | None = None,
    onset_s: float | None = None,
    clip_seconds: float | None = None,
) -> Slots:
    """Return what an instruction is made of.

    Args:
        words: of the sound that the edit is about.
        object_to: of what it turns into, for style transfer.
        onset_s: where it begins, in seconds; left out, no wording speaks of time.
        clip_seconds: length of the pair: thirds of it are early on, about halfway, near the end.
    """
    if onset_s is None:
        return Slots(object=words, object_to=object_to)
    when = None
    if clip_seconds is not None:
        third = min(int(3 * onset_s / clip_seconds), 2)
        when = _language("en")["when"][PLACES[third]]
    return Slots(object=words, object_to=object_to, when=when, start_s=round(2 * onset_s) / 2)


def word(
    task: Task, slots: Slots, *, lang: str = "en", rng: np.random.Generator, split: Split = "train"
) -> Instruction:
    """Return one wording of an edit, drawn among those whose slots are known.

    Args:
        task: the edit.
        slots: from `slots_of`.
        lang: language of the wording.
        rng: stream ``words`` of the item; one number is drawn.
        split: two wordings of a task are for ``"test"`` alone.

    Raises:
        DataError: for style transfer without what the sound turns into, or an unknown language.
    """
    values = _values(slots, _language(lang)["pronouns"])
    known = [t for t in templates(lang)[task] if t.fields <= values.keys()]
    fitting = [t for t in known if split == "test" or not t.held_out]
    if not fitting:
        raise DataError(
            f"No wording of '{task}' fits {', '.join(sorted(values))}; expected object_to among "
            "the slots: what the sound turns into."
        )
    chosen = fitting[int(rng.integers(len(fitting)))]
    text = _capitalised(chosen.text.format(**values))
    return Instruction(text=text, lang=lang, template=chosen.id, slots=slots)


def says_when(instruction: Instruction) -> bool:
    """Tell whether an instruction speaks of time, which holds of the whole pair only."""
    try:
        known = [t for wordings in templates(instruction.lang).values() for t in wordings]
    except DataError:  # a language of somebody else's set
        return False
    return any(t.id == instruction.template and t.fields & TIMES for t in known)


def _values(slots: Slots, pronouns: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return what can be put into braces; times only where they are known and read well."""
    many = is_plural(slots.object.definite.split()[-1])
    values = {
        "a": slots.object.indefinite,
        "the": slots.object.definite,
        "bare": slots.object.bare,
        **pronouns["many" if many else "one"],
    }
    if slots.object_to is not None:
        values["b"] = slots.object_to.indefinite
        values["B"] = _capitalised(slots.object_to.indefinite)
    if slots.when is not None:
        values["when"] = slots.when
    if slots.start_s is not None and slots.start_s not in (0.0, 1.0):  # "0 seconds", "1 seconds"
        values["s"] = f"{slots.start_s:g}"
    return values


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=8)
def _language(lang: str) -> Mapping[str, Any]:
    if lang not in languages():
        raise DataError(
            f"There are no wordings in '{lang}'.{suggestion(lang, languages())} Expected one of "
            f"{', '.join(languages())}: names of sounds are English."
        )
    loaded: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{lang}.yaml").read_text("utf-8"))
    return loaded
