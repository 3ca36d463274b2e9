"""Questions about the sounds of a scene: which, how many times, in which order, over what."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..config import SoundworldOptions
from ..languages.telling import in_order
from ..plan import EventPlan, ScenePlan, generator, pick, plan_scene
from ..vocabulary import BACKGROUND_LABELS, EVENT_LABELS, KIND_OF, KINDS
from .asking import COUNTS, YES_NO, Asked, Key, Question, among, search

WHICH = ("What do you hear?", "Which sound is this?", "What is heard here?", "Name the sound.")
WHICH_TWO = (
    "Which two sounds do you hear, in order?", "Name both sounds in order.",
    "What do you hear first, and what then?", "Which sounds are heard, one after the other?",
)  # fmt: skip
WHETHER = ("Do you hear {a}?", "Can you hear {a}?", "Do you hear {a} here?", "{a}: yes or no?")
HOW_OFTEN = (
    "How many times do you hear {a}?", "How often do you hear {a}?", "Count {a}: how many times?",
    "{a}: how many times?",
)  # fmt: skip
FIRST = ("Which sound comes first?", "What is heard first?", "What do you hear first?")
LAST = ("Which sound comes last?", "What is heard last?", "What do you hear last?")
BEFORE = (
    "Do you hear {a} before {b}?", "Do you hear {a} first and then {b}?",
    "First {a}, then {b}: yes or no?",
)  # fmt: skip
BEHIND = (
    "What is in the background?", "What goes on behind the sounds?", "What do you hear behind it?",
    "Name the background.",
)  # fmt: skip


def which(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask for the only event."""
    label = pick(EVENT_LABELS, rng)
    scene = plan_scene(options, key, labels=(label,))
    return Asked(scene, Question("sound", pick(WHICH, rng), label, among(label, EVENT_LABELS, rng)))


def which_two(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask for two events in order; wrong choices have one of them wrong, or the wrong order."""
    scene = search(partial(_scene, options, (2,)), in_order, key)
    first, second = (event.label for event in scene.events)
    wrong = pick([label for label in EVENT_LABELS if label not in (first, second)], rng)
    pairs = ((first, second), (second, first), (first, wrong), (wrong, second))
    choices = tuple(", ".join(pairs[i]) for i in rng.permutation(4))
    answer = f"{first}, {second}"
    return Asked(scene, Question("sound", pick(WHICH_TWO, rng), answer, choices))


def whether(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask whether a kind of event is heard."""
    scene, answer = _scene(options, (1, 2), key), pick(YES_NO, rng)
    heard = [event.label for event in scene.events]
    absent = [label for label in EVENT_LABELS if label not in heard]
    noun = _noun(pick(heard if answer == "yes" else absent, rng), rng)
    return Asked(scene, Question("sound", _say(WHETHER, rng, a=noun), answer, YES_NO))


def how_often(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask how many times something countable is heard, from once to four times."""
    count = pick(tuple(COUNTS), rng)
    labels = [k.label for k in KINDS if k.countable and k.hits[0] <= count <= k.hits[1]]

    def draw(key: Key) -> ScenePlan:
        of = generator((*key, 102))
        counted, other = pick(labels, of), pick(EVENT_LABELS, of)
        pair = (counted, other) if of.integers(2) and other != counted else (counted,)
        return plan_scene(options, key, labels=pair)

    def counted(scene: ScenePlan) -> list[EventPlan]:
        return [e for e in scene.events if e.label in labels and len(e.hits) == count]

    scene = search(draw, lambda plan: bool(counted(plan)), key)
    noun = _noun(counted(scene)[0].label, rng)
    text = _say(HOW_OFTEN, rng, a=noun)
    return Asked(scene, Question("count", text, COUNTS[count], tuple(COUNTS.values())))


def first_or_last(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask which of two or three events is first, or last."""
    scene = search(partial(_scene, options, (2, 3)), in_order, key)
    wordings, event = pick(((FIRST, scene.events[0]), (LAST, scene.events[-1])), rng)
    choices = among(event.label, EVENT_LABELS, rng)
    # Whoever hears both but not their order must not get it right by the choices.
    other = scene.events[-1 if event is scene.events[0] else 0].label
    if other not in choices:
        choices = tuple(other if c == _another(choices, event.label) else c for c in choices)
    return Asked(scene, Question("order", pick(wordings, rng), event.label, choices))


def before(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask whether one event comes before another."""
    scene = search(partial(_scene, options, (2,)), in_order, key)
    answer = pick(YES_NO, rng)
    order = scene.events if answer == "yes" else scene.events[::-1]
    a, b = (_noun(event.label, rng) for event in order)
    return Asked(scene, Question("order", _say(BEFORE, rng, a=a, b=b), answer, YES_NO))


def behind(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask for the background."""
    scene = _scene(options, (1, 2), key)
    choices = among(scene.background, BACKGROUND_LABELS, rng)
    return Asked(scene, Question("background", pick(BEHIND, rng), scene.background, choices))


def _scene(options: SoundworldOptions, counts: tuple[int, ...], key: Key) -> ScenePlan:
    """Return a scene of one of several numbers of different events."""
    rng = generator((*key, 102))
    picked = rng.choice(len(EVENT_LABELS), size=pick(counts, rng), replace=False)
    return plan_scene(options, key, labels=tuple(EVENT_LABELS[i] for i in picked))


def _noun(label: str, rng: np.random.Generator) -> str:
    return pick(KIND_OF[label].nouns, rng)


def _another(choices: tuple[str, ...], answer: str) -> str:
    return next(choice for choice in choices if choice != answer)


def _say(wordings: tuple[str, ...], rng: np.random.Generator, **nouns: str) -> str:
    text = pick(wordings, rng).format(**nouns)
    return text[0].upper() + text[1:]
