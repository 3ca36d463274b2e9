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
from ..statistics.choices import accuracy_by_group, mmau_match, mmsu_letter, parse_letter
from .network_config import ChoiceAccuracyConfig, MmauAccuracyConfig, MmsuAccuracyConfig

NESTED = "/"


class ChoiceAccuracy(Metric[Answered]):
    """Share of right answers; every question counts, and one that cannot be read is wrong.

    ``details`` has the share from which no option could be read, and the accuracy by skill,
    category and whatever else `group_by` names of the questions.
    """

    unit = "1"
    direction = "higher"
    config: ChoiceAccuracyConfig

    unread: list[torch.Tensor]
    groups: list[dict[str, str]]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; no answer is read yet."""
        super().__init__(config)
        self.add_state("unread")
        self.add_state("groups")

    def read(self, answer: str, right: str, choices: list[str]) -> bool | None:
        """Tell whether an answer is right; `None` where no option can be read from it."""
        raise NotImplementedError

    def update(self, clip: Answered) -> None:
        """Read one answer."""
        found = self._read(clip)
        self.record(clip.id, float(bool(found)))
        self.unread.append(torch.tensor([float(found is None)], dtype=torch.float64))
        self.groups.append(self._groups_of(clip))

    def score(self, clip: Answered) -> float:
        """Return 1 for a right answer, 0 for any other."""
        return float(bool(self._read(clip)))

    def compute(self) -> MetricResult:
        """Return the share that is right of all questions, and of each group of them."""
        result = super().compute()
        once = self.rows_once()
        right, unread = joined(self.values)[once] > 0, joined(self.unread)[once] > 0
        marks = [None if lost else bool(hit) for hit, lost in zip(right, unread, strict=True)]
        rows = [self.groups[place] for place in once]
        details = {"unread": float(unread.mean()), "groups": self._by_group(marks, rows)}
        return result.model_copy(update={"details": details})

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides the value; by what it is split up does not."""
        found = super().fingerprint()
        options = {name: value for name, value in found["options"].items() if name != "group_by"}
        return {**found, "options": options}

    def _by_group(
        self, marks: list[bool | None], rows: list[dict[str, str]]
    ) -> dict[str, dict[str, dict[str, float]]]:
        """Return value, n and share that could not be read, by field and what it says."""
        found = {}
        for field in self.config.group_by:
            known = [place for place, row in enumerate(rows) if field in row]
            said = [rows[place][field] for place in known]
            by_group = accuracy_by_group([marks[place] for place in known], said)
            if by_group:
                found[field] = {
                    name: {
                        "value": one.correct / one.counted,
                        "n": one.counted,
                        "unread": one.unparsed / one.counted,
                    }
                    for name, one in sorted(by_group.items())
                }
        return found

    def _groups_of(self, clip: Answered) -> dict[str, str]:
        """Return what the fields of `group_by` say of a question; what it lacks is left out."""
        facts = {**clip.truth, **clip.fields}
        found = {}
        for field in self.config.group_by:
            said = [facts.get(part) for part in field.split(NESTED)]
            if all(one not in (None, "") for one in said):
                found[field] = f" {NESTED} ".join(map(str, said))
        return found

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
        letters = _lettered(choices)
        return _is_right(letters, parse_letter(answer, letters, rule="mmau"), right)


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
        letters = _lettered(choices)
        if self.config.rule == "official":
            return _is_right(letters, mmsu_letter(answer).letter, right)
        named = _by_text(answer, choices)
        if named is not None:
            return named == right
        letter = parse_letter(answer, letters) or mmsu_letter(answer).letter
        return _is_right(letters, letter, right)


def _lettered(choices: list[str]) -> dict[str, str]:
    return dict(zip(ascii_uppercase, choices, strict=False))


def _is_right(letters: dict[str, str], letter: str | None, right: str) -> bool | None:
    """Tell whether a letter names the right option; `None` where it names none."""
    named = letters.get(letter) if letter is not None else None
    return None if named is None else named == right


def _by_text(answer: str, choices: list[str]) -> str | None:
    said = answer.strip().rstrip(".").lower()
    return next((choice for choice in choices if choice.strip().rstrip(".").lower() == said), None)
