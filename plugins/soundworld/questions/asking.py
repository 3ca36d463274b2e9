"""What a question is, and how a plan is found that has the answer wanted.

Of every question the answer is drawn first, each as likely as the others, and then a scene in
which it is true: so who always gives the same answer is seldom right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ....core.errors import DataError
from ..config import SoundworldOptions
from ..plan import ScenePlan, generator, pick

Key = tuple[int, ...]
TRIES = 2000
COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}
YES_NO = ("yes", "no")


@dataclass(frozen=True)
class Question:
    """A question and its answer.

    Attributes:
        skill: what it takes to answer it.
        text: the question.
        answer: one to four words.
        choices: two to four answers to choose from, the right one among them.
    """

    skill: str
    text: str
    answer: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A question about a scene."""

    scene: ScenePlan
    question: Question


Asker = Callable[[SoundworldOptions, Key, np.random.Generator], Asked]
"""(options, key of the row, stream for what is asked) → a question about a scene."""


def ask(skills: Sequence[Sequence[Asker]], options: SoundworldOptions, key: Key) -> Asked:
    """Return the question of a row: one of several skills, and one of its askers."""
    rng = generator((*key, 200))
    return pick(pick(skills, rng), rng)(options, key, rng)


def among(answer: str, all_answers: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Return four choices, in any order: the answer and three others."""
    others = [other for other in all_answers if other != answer]
    picked = rng.choice(len(others), size=3, replace=False)
    choices = [answer, *(others[i] for i in picked)]
    return tuple(choices[i] for i in rng.permutation(4))


def search(
    draw: Callable[[Key], ScenePlan], fits: Callable[[ScenePlan], bool], key: Key
) -> ScenePlan:
    """Return the first plan of the streams below a key that fits.

    Raises:
        DataError: if none of very many does, as in a clip that is too short.
    """
    for attempt in range(TRIES):
        plan = draw((*key, 300 + attempt))
        if fits(plan):
            return plan
    raise DataError(
        f"No scene of {TRIES} fits the question of row {key[-1]} of soundworld. "
        "Choose longer clips with its option 'clip_seconds'."
    )
