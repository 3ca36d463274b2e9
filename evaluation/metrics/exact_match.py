"""Whether an answer is the right one, word for word."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ...core.errors import RequestError
from ...core.metric import Answered, Metric
from .config import ExactMatchConfig

_ARTICLES = frozenset({"a", "an", "the"})
_NOT_WORDS = re.compile(r"[^\w']+")


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
                "leaves nothing; expected letters or digits. Correct the row."
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


def _right_answer(metric: str, item: Answered) -> str:
    right: Any = item.fields.get("answer")
    if not isinstance(right, str) or not right.strip():
        raise RequestError(
            f"Metric '{metric}' needs fields['answer'], the right answer as text; got {right!r}. "
            "Measure rows that have one."
        )
    return right
