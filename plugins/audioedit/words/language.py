"""A language as data: wordings, times, numbers, captions, pronouns, and what sounds are called."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from string import Formatter

from pydantic import Field, model_validator

from ....core.config import Config
from ....core.errors import DataError
from ..config import Task
from ..records import Words
from .phrases import bare_phrase
from .table import filed_under

ENGLISH = "en"

TASKS: tuple[Task, ...] = ("add", "remove", "extract", "style")
PHRASES = ("bare", "indefinite", "definite")
AGREEMENT = "agreement"
TIMES = frozenset({"when", "s"})
"""Slots of a wording that speak of time."""
NEW = "b_"
"""Begins the slots of the new sound's further forms: ``{b_a_dat}``."""


class Times(Config):
    """What the thirds of a clip are called."""

    early: str = Field(description="The first third.")
    middle: str = Field(description="The second.")
    late: str = Field(description="The last.")


class TaskWordings(Config):
    """The wordings of one edit."""

    held_out: tuple[str, ...] = Field(default=(), description="Ids that training never sees.")
    templates: dict[str, str] = Field(min_length=1, description="Id → text with slots in braces.")


class CaptionWords(Config):
    """How sounds are listed in a plain description of a scene."""

    comma: str = Field(default=", ", description="Between all but the last.")
    two: str = Field(default=" and ", description="Between two sounds that stand alone.")
    last: str = Field(default=", and ", description="Before the last, after others or behind.")
    nothing: str = Field(default="silence", description="Where nothing sounds.")
    rest: str = Field(default="the rest of the scene", description="Where nothing else was named.")
    lower_first: bool = Field(
        default=True, description="Whether a caption's first letter is small within a sentence."
    )


class WordingRules(Config):
    """What a wording that a model wrote must not say; entries as in `conflicts.matches`."""

    verbs: dict[Task, tuple[str, ...]] = Field(
        default_factory=dict, description="Edit → words that ask for it and for no other edit."
    )
    times: tuple[str, ...] = Field(
        default=(), description="Words that tell when, which only a slot may."
    )
    pronouns: tuple[str, ...] = Field(
        default=(), description="Words that would have to agree with the sound."
    )
    agreeing: tuple[str, ...] = Field(
        default=(), description="The same, where they stand beside a slot."
    )


class Language(Config):
    """One language, as a file ``words/<lang>.yaml`` has it."""

    lang: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="BCP 47: de, pt-BR.")
    name: str = Field(default="", description="As English calls it.")
    when: Times = Field(description="What {when} says.")
    decimal: str = Field(default=".", min_length=1, description="What stands in 2.5 as {s}.")
    unsaid_seconds: tuple[float, ...] = Field(
        default=(0.0, 1.0), description="Values of {s} that read badly, so that none says them."
    )
    capitals: dict[str, str] = Field(
        default_factory=dict, description="What a sentence begins with → its capital, as ij: IJ."
    )
    pronouns: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Kind of noun (one, many, m, …) → slot → word."
    )
    forms: tuple[str, ...] = Field(
        default=(), description="Further phrases of each class, which wordings name as slots."
    )
    captions: CaptionWords = Field(default_factory=CaptionWords, description="Of captions.")
    rules: WordingRules = Field(default_factory=WordingRules, description="Of new wordings.")
    classes: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Label or category → its bare, indefinite and definite phrase, the further "
        "forms, and its kind of noun as agreement.",
    )
    add: TaskWordings = Field(description="Wordings.")
    remove: TaskWordings = Field(description="Wordings.")
    extract: TaskWordings = Field(description="Wordings.")
    style: TaskWordings = Field(description="Wordings.")

    @model_validator(mode="after")
    def _fits(self) -> Language:
        if len({frozenset(kind) for kind in self.pronouns.values()}) > 1:
            raise ValueError("every kind of pronouns needs the same slots")
        for task in TASKS:
            own = self.wordings(task)
            if strange := set(own.held_out) - own.templates.keys():
                raise ValueError(f"{task}.held_out names {sorted(strange)}, which are no templates")
            if not own.templates.keys() - set(own.held_out):
                raise ValueError(f"all wordings of {task} are held out; training needs some")
            for id_, text in own.templates.items():
                self._check_slots(task, id_, text)
        for name, words in self.classes.items():
            self._check_class(name, words)
        return self

    def _check_slots(self, task: Task, id_: str, text: str) -> None:
        try:
            found = slots_in(text)
        except ValueError as failure:
            raise ValueError(f"{id_}: {failure}") from None
        if strange := found - self.slots(task):
            raise ValueError(
                f"{id_} has the slots {sorted(strange)}; there are {sorted(self.slots(task))}"
            )

    def _check_class(self, name: str, words: Mapping[str, str]) -> None:
        wanted = {*PHRASES, *self.forms, *([AGREEMENT] if self.is_named_here else [])}
        if not self.pronouns:
            wanted.discard(AGREEMENT)
        if missing := sorted(wanted - words.keys()):
            raise ValueError(f"class '{name}' lacks {', '.join(missing)}")
        if strange := sorted(words.keys() - wanted):
            raise ValueError(f"class '{name}' has {', '.join(strange)}, which nothing names")
        if AGREEMENT in wanted and words[AGREEMENT] not in self.pronouns:
            raise ValueError(
                f"class '{name}' agrees as '{words[AGREEMENT]}'; pronouns has "
                f"{', '.join(self.pronouns)}"
            )

    @property
    def is_named_here(self) -> bool:
        """Tell whether sounds are called by `classes`: everywhere but in English."""
        return self.lang.partition("-")[0] != ENGLISH

    def wordings(self, task: Task) -> TaskWordings:
        """Return the wordings of an edit."""
        found: TaskWordings = getattr(self, task)
        return found

    def slots(self, task: Task) -> frozenset[str]:
        """Return the slots that a wording of an edit may have."""
        pronouns = {slot for kind in self.pronouns.values() for slot in kind}
        own = {*self.forms, *pronouns}
        new = {"b", "B", *(f"{NEW}{slot}" for slot in own)} if task == "style" else set()
        return frozenset({"a", "the", "bare", *own, *new, *TIMES})

    def words_of(self, given: Words, names: Sequence[str]) -> Words:
        """Return what a sound is called.

        Args:
            given: its English words; those are it, in English.
            names: what it may be filed under: its label, its category.

        Raises:
            DataError: for a sound without words; names it.
        """
        if not self.is_named_here:
            return given
        filed = (key for name in (*names, given.bare) for key in filed_under(name))
        found = next((self._table[key] for key in filed if key in self._table), None)
        if found is None:
            raise DataError(
                f"'{names[0] if names else given.bare}' has no words in '{self.lang}'. Give it "
                "some under 'classes' of a file in words.files."
            )
        return found

    @cached_property
    def sha256(self) -> str:
        """Return the hash of all that it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def _table(self) -> Mapping[str, Words]:
        """Return the classes by bare phrase, each with its pronouns among its forms."""
        return {bare_phrase(name): self._words(entry) for name, entry in self.classes.items()}

    def _words(self, entry: Mapping[str, str]) -> Words:
        phrases = {name: entry[name] for name in PHRASES}
        forms = {name: entry[name] for name in self.forms}
        return Words(**phrases, forms=forms | self.pronouns.get(entry.get(AGREEMENT, ""), {}))


def slots_in(text: str) -> frozenset[str]:
    """Return the names in braces.

    Raises:
        ValueError: if braces do not match, or one holds more than a name.
    """
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} is no slot; expected a name in braces")
        found.add(name)
    return frozenset(found)
