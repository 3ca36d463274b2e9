"""Right answers to questions with choices, read as MMAU and MMSU read them."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any

import torch
from pydantic import BaseModel

from ...core.errors import RequestError
from ...core.metric import Answered, Metric
from ...core.metric_result import MetricResult
from ...core.row_keys import joined
from ..statistics.choices import mmau_match, mmsu_letter, parse_letter
from .network_config import MmauAccuracyConfig, MmsuAccuracyConfig


class ChoiceAccuracy(Metric[Answered]):
    """Share of right answers; every question counts, and one that cannot be read is wrong.

    ``details`` has the share from which no option could be read.
    """

    unit = "1"
    direction = "higher"

    unread: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; no answer is read yet."""
        super().__init__(config)
        self.add_state("unread")

    def read(self, answer: str, right: str, choices: list[str]) -> bool | None:
        """Tell whether an answer is right; `None` where no option can be read from it."""
        raise NotImplementedError

    def update(self, clip: Answered) -> None:
        """Read one answer."""
        found = self._read(clip)
        self.record(clip.id, float(bool(found)))
        self.unread.append(torch.tensor([float(found is None)], dtype=torch.float64))

    def score(self, clip: Answered) -> float:
        """Return 1 for a right answer, 0 for any other."""
        return float(bool(self._read(clip)))

    def compute(self) -> MetricResult:
        """Return the share that is right of all questions."""
        result = super().compute()
        unread = joined(self.unread)[self.rows_once()]
        return result.model_copy(update={"details": {"unread": float(unread.mean())}})

    def _read(self, clip: Answered) -> bool | None:
        right, choices = clip.fields.get("answer"), clip.fields.get("choices")
        listed = [str(choice) for choice in choices or ()]
        if not right or len(listed) < 2 or str(right) not in listed:
            raise RequestError(
                f"Metric '{self.name}' needs fields 'choices', two or more, and 'answer', one of "
                f"them; row '{clip.id}' has answer {right!r} and choices {choices!r:.200}. Take "
                "both from the same version of the benchmark."
            )
        return self.read(clip.answer, str(right), listed)


class MmauAccuracy(ChoiceAccuracy):
    """Accuracy by MMAU's own match of words, over all questions.

    Source: Sakshi et al. 2024, "MMAU", and its published evaluation; it leaves out of the
    denominator what has no answer, which here counts as wrong.
    """

    name = "mmau_accuracy"
    config_model = MmauAccuracyConfig
    config: MmauAccuracyConfig

    def read(self, answer: str, right: str, choices: list[str]) -> bool | None:
        """Tell whether all words of the right option occur, and none of another alone."""
        if self.config.rule == "official":
            return mmau_match(answer, right, choices) if answer.strip() else None
        letters: dict[str, str] = dict(zip(ascii_uppercase, choices, strict=False))
        letter = parse_letter(answer, letters, rule="mmau")
        return None if letter is None else letters[letter] == right


class MmsuAccuracy(ChoiceAccuracy):
    """Accuracy over all questions of MMSU; a letter or an option's text is an answer.

    Source: Wang et al. 2025, "MMSU", and its published evaluation (rule ``official``), whose
    denominator leaves out what it cannot read; here that counts as wrong.
    """

    name = "mmsu_accuracy"
    config_model = MmsuAccuracyConfig
    config: MmsuAccuracyConfig

    def read(self, answer: str, right: str, choices: list[str]) -> bool | None:
        """Tell whether the option that is named is the right one."""
        letters: dict[str, str] = dict(zip(ascii_uppercase, choices, strict=False))
        named = _by_text(answer, choices) if self.config.rule == "text" else None
        if named is None:
            letter: Any = mmsu_letter(answer).letter
            if self.config.rule == "text":
                letter = parse_letter(answer, letters) or letter
            named = None if letter is None else letters.get(letter)
        return None if named is None else named == right


def _by_text(answer: str, choices: list[str]) -> str | None:
    said = answer.strip().rstrip(".").lower()
    return next((choice for choice in choices if choice.strip().rstrip(".").lower() == said), None)
