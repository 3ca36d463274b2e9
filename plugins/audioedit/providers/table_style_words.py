"""Style words from a table: what needs no model, and what anyone can read and change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from pydantic import Field, ValidationError

from ....core.config import Config
from ....core.errors import ConfigError
from .contract import Family, Refusal, StylePhrase, StyleWriter
from .families import may_replace
from .labels import distinct
from .lemmas import lemmas
from .phrasing import phrase_of

TABLE = Path(__file__).with_name("style_words.yaml")
FORMS = 3
ALIKE = 0.5
"""Share of words that a sound and a row of the table have in common at least."""


class TableStyleWordsConfig(Config):
    """Which table, and how far from a sound's group its words may come."""

    table: str | None = Field(
        default=None, description="A file like style_words.yaml; left out: the built-in one."
    )
    reach: Literal["group", "family"] = Field(
        default="group",
        description="Take words of the sound's own group only, which go alike in time, or then of "
        "its whole family too. A sound of no group always gets its family's.",
    )


class Group(Config):
    """Sounds that go alike in time."""

    group: str = Field(description="What they have in common.")
    family: Family = Field(description="What kind of thing sounds.")
    keeps: Literal["pitch", "rhythm", "both"] = Field(description="What an exchange leaves.")
    sounds: tuple[str, ...] = Field(min_length=2, description="label | indefinite | definite.")


class _Table(Config):
    groups: tuple[Group, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Row:
    """A sound of the table, and the number of its group."""

    group: int
    phrase: StylePhrase


class TableStyleWords(StyleWriter):
    """Suggests sounds of the same group of a table, in an order drawn from the seed."""

    config = TableStyleWordsConfig
    licence = "Code and table: Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0"
    options: TableStyleWordsConfig

    def fingerprint(self) -> str:
        """Return a text that also changes with the table."""
        table = hashlib.sha256(self._path.read_bytes()).hexdigest()
        return hashlib.sha256(f"{super().fingerprint()}{table}".encode()).hexdigest()[:16]

    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases; a refusal if the table knows nothing like the sound."""
        rows = read_table(self._path)
        near = _group_of(label, rows)
        named = rows[near].phrase if near is not None else phrase_of(label)
        family = named.family if named else "other"
        own = [] if near is None else [r for r in rows if r.group == rows[near].group]
        wider = [r for r in rows if may_replace(family, r.phrase.family) and r not in own]
        wider = [r for r in wider if r.phrase.family == family]
        if near is not None and self.options.reach == "group":
            wider = []
        rng = np.random.Generator(np.random.PCG64(seed))
        drawn = [part[i].phrase for part in (own, wider) for i in rng.permutation(len(part))]
        words = distinct(drawn, avoid=(label, *avoid))[:count]
        if not words:
            return Refusal("no_style_words", f"The table has nothing in place of {label!r}.")
        return tuple(words)

    @property
    def _path(self) -> Path:
        return TABLE if self.options.table is None else Path(self.options.table)


@cache
def read_table(path: Path) -> tuple[Row, ...]:
    """Return all sounds of a table.

    Raises:
        ConfigError: if the file is missing or not such a table; says where.
    """
    try:
        table = _Table(groups=yaml.safe_load(path.read_text(encoding="utf-8")))
        return tuple(
            Row(number, _phrase(group, line))
            for number, group in enumerate(table.groups)
            for line in group.sounds
        )
    except (OSError, ValueError, ValidationError, yaml.YAMLError) as failure:
        reason = str(failure).strip().splitlines()[-1] if str(failure).strip() else failure
        raise ConfigError(
            f"The table of style words {path.name} cannot be read ({reason}). Expected a list of "
            "{group, family, keeps, sounds}, with sounds 'label | a label | the label'."
        ) from None


def _phrase(group: Group, line: str) -> StylePhrase:
    forms = [form.strip() for form in line.split("|")]
    if len(forms) != FORMS:
        raise ValueError(f"{line!r} has {len(forms)} forms; expected label | a label | the label")
    label, indefinite, definite = forms
    return StylePhrase(
        label=label,
        indefinite=indefinite,
        definite=definite,
        family=group.family,
        keeps=group.keeps,
    )


def _group_of(label: str, rows: Sequence[Row]) -> int | None:
    """Return the row that is most like a label: at least half of all their words in common."""
    words = lemmas(label)
    best, most = None, 0.0
    for number, row in enumerate(rows):
        other = lemmas(row.phrase.label)
        shared = len(words & other) / max(len(words | other), 1)
        if shared >= ALIKE and shared > most:
            best, most = number, shared
    return best
