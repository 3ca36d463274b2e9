"""Instructions worded anew in every epoch: another wording or language for the same edit.

What is drawn depends on the seed, the epoch and the row's id alone, so that it is the same for any
number of workers, and when a run is resumed. Wordings that are held out are never drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from ....core.errors import DataError
from ....core.source import Row
from ..config import Task
from ..records import EditRecord, Slots, Words
from ..words.chosen import read_languages, read_more_files
from ..words.language import Language
from ..words.table import english_words
from ..words.wordings import PLACES, Wordings
from .options import AudioEditOptions
from .rows import said_of


class Redraw:
    """Words the rows of a source anew."""

    def __init__(self, options: AudioEditOptions) -> None:
        """Read the wordings.

        Raises:
            ConfigError: if a file of a language or of wordings cannot be used.
            DataError: for a language to draw from that there is none of.
        """
        languages = read_languages(options.words_files)
        more = read_more_files(options.words_more, languages)
        self._wordings = Wordings(languages.values(), more)
        self._timed = options.timed
        self._langs = options.lang
        for lang in options.lang or ():
            self._wordings.language(lang)
        self._known: dict[str, tuple[Task, list[tuple[str, Slots]]]] = {}

    @property
    def sha256(self) -> str:
        """Return the hash of all that can be said."""
        return self._wordings.sha256

    def keep(self, id_: str, record: EditRecord, where: str) -> None:
        """Keep what a pair's instructions are made of, in every language to draw from.

        Raises:
            DataError: if it has no words in one of them; opens with ``where``.
        """
        own = record.instruction.lang
        try:
            choices = [
                (lang, self._slots(self._wordings.language(lang), record))
                for lang in self._langs or [own]
            ]
        except DataError as failure:
            raise DataError(f"{where} cannot be worded anew: {failure}") from None
        self._known[id_] = (record.task, choices)

    def reworded(self, row: Row, id_: str, *, epoch: int, seed: int) -> Row:
        """Return a row with another instruction; its id tells which.

        Args:
            row: as it is stored.
            id_: of its pair.
            epoch: how often all rows were drawn before.
            seed: of the run.
        """
        task, choices = self._known[id_]
        digest = hashlib.sha256(f"{seed}/{epoch}/{row.id}/words".encode()).digest()
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
        lang, slots = choices[int(rng.integers(len(choices)))]
        said = self._wordings.word(
            task, slots, lang=lang, rng=rng, split="train", timed=self._timed
        )
        fields = {**row.fields, **said_of(slots), "instruction": said.text}
        return replace(row, id=f"{row.id}#{lang}.{said.template}", fields=fields)

    def _slots(self, language: Language, record: EditRecord) -> Slots:
        """Return a pair's slots in a language; in its own they are as they are stored."""
        slots, own = record.instruction.slots, record.instruction.lang
        if language.lang == own:
            return slots
        when = None
        if slots.when is not None and own in self._wordings.languages:
            called = self._wordings.language(own).when
            place = next((p for p in PLACES if getattr(called, p) == slots.when), None)
            when = None if place is None else getattr(language.when, place)
        label = str(record.scene.get("label", slots.object.bare))
        new = slots.object_to
        return Slots(
            object=_words(language, slots.object, label),
            object_to=None if new is None else _words(language, new, new.bare),
            when=when,
            start_s=slots.start_s,
        )


def _words(language: Language, stored: Words, label: str) -> Words:
    """Return a sound's words in a language; from those of another one English is found by label."""
    if language.is_named_here:
        return language.words_of(stored, [label])
    return english_words(label) if stored.forms is not None else stored
