"""Ask a paraphraser for more wordings of an edit, keep those that can be used, count the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ....core.errors import ConfigError, DataError
from ..config import Task
from ..providers.contract import Paraphraser, ProviderFailure, Refusal, WordingBrief
from ..providers.prompted import Prompted
from ..providers.prompts import joint_hash
from ..records import Words, normal_text
from .checking import reason_against
from .language import PHRASES, Language
from .more import Asked, MoreWording, MoreWordings
from .table import esc50_words

EDITS: dict[Task, str] = {
    "add": "a sound is added to the recording, and nothing else changes.",
    "remove": "a sound is taken out of the recording, and nothing else changes.",
    "extract": "one sound of the recording is kept, and everything else is taken away.",
    "style": "one sound of the recording is turned into another one, in the same rhythm.",
}
AT_ONCE = 25
"""Wordings to ask for in one request."""
MOST_TOLD = 100
"""Wordings that a question names as known, the newest of them; all are compared afterwards."""
SURPLUS = "surplus"
"""Reason of a wording that could be used, and came after there were enough."""
SPARE = 2
"""Requests beyond those that would do if all wordings could be used."""


@dataclass(frozen=True)
class Paraphrased:
    """What came of asking.

    Attributes:
        texts: wordings that can be used, for a person to review.
        asked: who was asked, and how much of it could not be used.
        stopped: why it ended before there were as many as asked for; `None` if it did not.
    """

    texts: tuple[str, ...]
    asked: Asked
    stopped: str | None = None


def requests_for(count: int) -> int:
    """Return how many requests so many wordings take at most."""
    return -(-count // AT_ONCE) + SPARE


def paraphrase(
    provider: Paraphraser,
    name: str,
    task: Task,
    language: Language,
    *,
    count: int,
    known: Sequence[str] = (),
) -> Paraphrased:
    """Return up to ``count`` wordings that ask for the edit and for nothing else.

    Args:
        provider: who is asked.
        name: what it is registered as.
        task: the edit.
        language: what they are written in; with `rules`, by which they are checked.
        count: how many.
        known: wordings that there are, beside the language's own.

    Raises:
        ConfigError: if the language has no verbs to check by.
        DataError: if there is no answer at all; says why.
        StopRun: if a budget would be passed, or the service answers nobody.
    """
    check_rules(language)
    taken: list[str] = []
    rejected: Counter[str] = Counter()
    answered, model, day, stopped = 0, "", "", None
    for turn in range(requests_for(count)):
        missing = count - len(taken)
        if missing <= 0:
            break
        brief = brief_of(task, language, (*known, *taken))
        try:
            written = provider.write(brief, min(AT_ONCE, missing), turn)
        except ProviderFailure as failure:
            stopped = str(failure)
            break
        if isinstance(written, Refusal):
            stopped = f"{written.reason}: {written.detail}"
            break
        answered, model, day = answered + len(written.texts), written.model, written.day
        for text in map(normal_text, written.texts):
            reason = reason_against(text, task, language, (*known, *taken))
            if reason is None and len(taken) < count:
                taken.append(text)
            else:
                rejected[reason or SURPLUS] += 1
    if stopped and not answered:
        raise DataError(
            f"{name} wrote no wording of '{task}' ({stopped}). Run the same command again; answers "
            "that were paid for are not asked for again."
        )
    prompts = joint_hash(provider.prompts) if isinstance(provider, Prompted) else None
    asked = Asked(
        task=task,
        provider=name,
        model=model,
        date=day,
        prompt_sha256=prompts,
        asked=count,
        answered=answered,
        rejected=dict(sorted(rejected.items())),
    )
    return Paraphrased(tuple(taken), asked, stopped)


def check_rules(language: Language) -> None:
    """Raise ConfigError unless a language has verbs of all edits to check wordings by."""
    lacking = [task for task in EDITS if not language.rules.verbs.get(task)]
    if lacking:
        raise ConfigError(
            f"'{language.lang}' has no rules.verbs of {', '.join(lacking)}: words that ask for one "
            "edit and for no other, by which wordings are checked. Give them in its file."
        )


def brief_of(task: Task, language: Language, known: Sequence[str]) -> WordingBrief:
    """Return what a paraphraser is told: slots with examples, and the wordings that there are."""
    sounds = _examples(language)
    slots = {f"{{{slot}}}": _shown(sounds, slot, language) for slot in _offered(task, language)}
    own = tuple(language.wordings(task).templates.values())
    told = (*own, *known)[-MOST_TOLD:]
    return WordingBrief(EDITS[task], language.name or language.lang, slots, told)


def with_more(content: MoreWordings, found: Paraphrased) -> MoreWordings:
    """Return a file's content with new wordings at its end, for a person to review."""
    new = tuple(MoreWording(task=found.asked.task, text=text) for text in found.texts)
    return MoreWordings(
        lang=content.lang,
        asked=(*content.asked, found.asked),
        wordings=(*content.wordings, *new),
    )


def _offered(task: Task, language: Language) -> list[str]:
    """Return the slots of sounds to offer; a language's own forms where it has them."""
    first = ["a"] if task == "add" else ["the"]
    own = [form for form in language.forms if form.startswith(f"{first[0]}_")]
    new = ["b", *(f"b_{f}" for f in language.forms if f.startswith("a_"))]
    return [*first, *own, *(new if task == "style" else [])]


def _shown(sounds: tuple[Words, Words], slot: str, language: Language) -> str:
    """Return what stands in a slot, of one sound or of the new one."""
    sound, name = (sounds[1], slot[2:]) if slot.startswith("b_") else (sounds[0], slot)
    if slot == "b":
        return sounds[1].indefinite
    plain = {"a": sound.indefinite, "the": sound.definite}
    return plain.get(name) or (sound.forms or {})[name]


def _examples(language: Language) -> tuple[Words, Words]:
    """Return two sounds in the language: a dog and a cat, or its own first and last class."""
    dog, cat = esc50_words("dog").words, esc50_words("cat").words
    if not language.is_named_here:
        return dog, cat
    names = list(language.classes)
    if not names:
        blank = {name: "…" for name in (*PHRASES, *language.forms)}
        none = Words(
            **{name: blank[name] for name in PHRASES},
            forms={form: blank[form] for form in language.forms},
        )
        return none, none
    pick = [name if name in language.classes else names[k] for k, name in ((0, "dog"), (-1, "cat"))]
    return (
        language.words_of(dog, [pick[0]]),
        language.words_of(cat, [pick[1]]),
    )
