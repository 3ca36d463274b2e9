"""Whether an answer is the right one, word for word; the same by skill; what the commonest gets."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ...core.errors import RequestError
from ...core.metric import Answered, Metric, MetricResult
from .config import ExactMatchConfig

_ARTICLES = frozenset({"a", "an", "the"})
_NOT_WORDS = re.compile(r"[^\w']+")
SKILL = "skill"


class ExactMatch(Metric[Answered]):
    """Share of answers that are ``fields["answer"]`` once both are normalised.

    Normalised: lower case, compatibility forms of Unicode unified, everything but letters, digits
    and apostrophes a space, runs of spaces one, and (option ``articles``) without a, an and the.
    Nothing else is forgiven: "two" is not "2", and an answer with more words than the right one
    is wrong. An empty answer is wrong.
    """

    name = "exact_match"
    unit = "1"
    direction = "higher"
    config_model = ExactMatchConfig
    config: ExactMatchConfig

    def score(self, clip: Answered) -> float:
        """Return 1 for the right answer, 0 for any other.

        Raises:
            RequestError: if the row has no right answer, or nothing is left of it.
        """
        right = _right_answer(self.name, clip)
        expected = normalised_answer(right, articles=self.config.articles)
        if not expected:
            raise RequestError(
                f"Metric '{self.name}' got the right answer {right!r}, of which normalising "
                "leaves nothing; expected letters or digits."
            )
        return float(normalised_answer(clip.answer, articles=self.config.articles) == expected)


def normalised_answer(text: str, *, articles: bool = False) -> str:
    """Return the words of an answer, as `ExactMatch` compares them.

    Args:
        text: an answer.
        articles: whether a, an and the count as words.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    unified = unicodedata.normalize("NFKC", folded)  # folding can take letters apart
    words = [word.strip("'") for word in _NOT_WORDS.sub(" ", unified).split()]
    return " ".join(word for word in words if word and (articles or word not in _ARTICLES))


def commonest_answers(rows: Iterable[Answered]) -> dict[str, str]:
    """Return the most frequent right answer of each skill: what guessing without ears says.

    Take it from rows of training, so that the baseline knows no more than the model. Of answers
    that are equally frequent the first in the alphabet is taken.

    Raises:
        RequestError: if a row has no right answer.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[skill_of(row)][_right_answer("exact_match", row)] += 1
    return {
        skill: min(found, key=lambda answer: (-found[answer], answer))
        for skill, found in counts.items()
    }


def answered_by_commonest(
    items: Sequence[Answered], commonest: dict[str, str]
) -> tuple[Answered, ...]:
    """Return the items with the commonest answer of their skill in the model's place.

    A skill that `commonest` does not know is answered with nothing, which is wrong.
    """
    return tuple(replace(item, answer=commonest.get(skill_of(item), "")) for item in items)


def by_skill(items: Sequence[Answered], config: ExactMatchConfig) -> dict[str, MetricResult]:
    """Return the share of right answers of each ``truth["skill"]``, in alphabetical order."""
    metrics: dict[str, ExactMatch] = {}
    for item in items:
        metrics.setdefault(skill_of(item), ExactMatch(config)).update(item)
    return {skill: metrics[skill].compute() for skill in sorted(metrics)}


def skill_of(item: Answered) -> str:
    """Return ``truth["skill"]`` (or the field of that name), empty where the row tells none."""
    return str(item.truth.get(SKILL) or item.fields.get(SKILL) or "")


def _right_answer(metric: str, item: Answered) -> str:
    right: Any = item.fields.get("answer")
    if not isinstance(right, str) or not right.strip():
        raise RequestError(
            f"Metric '{metric}' needs fields['answer'], the right answer as text; got {right!r}. "
            "Measure rows that have one."
        )
    return right
