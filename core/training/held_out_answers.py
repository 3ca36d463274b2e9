"""How many held-out questions a language model answers word for word, during training."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from ..catalog import Catalog
from ..data.config import SourceUseConfig
from ..data.records import EncodedExample
from ..events import SamplesReady
from ..models.answering import AnsweringModel
from ..recipe import Recipe
from ..task import build_task
from ..wording import TaskWording
from .held_out_sources import judging_uses, open_held_out

TOGETHER = 32
"""Questions in a batch; none of them changes with its neighbours."""

ACCURACY, COMMONEST = "exact_match", "commonest_answer"


@dataclass(frozen=True)
class Asked:
    """A held-out question.

    Attributes:
        task: name of the task.
        skill: what it takes to answer it, as the row's truth says; empty where it says nothing.
        answer: the right one.
        example: question and answer, ready for the model.
    """

    task: str
    skill: str
    answer: str
    example: EncodedExample


class HeldOutAnswers:
    """Asks the same held-out questions each time it is called.

    They come from ``evaluation.sources``, or else from the held-out siblings of the mixture's
    sources: the first ``evaluation.samples_per_task`` of each source.
    """

    def __init__(
        self,
        recipe: Recipe,
        catalog: Catalog,
        model: AnsweringModel,
        wording: Mapping[str, TaskWording],
    ) -> None:
        """Keep everything; rows are read when they are first asked."""
        self.recipe = recipe
        self.catalog = catalog
        self.model = model
        self.wording = wording
        self._asked: list[Asked] | None = None

    def __call__(self, step: int) -> SamplesReady:
        """Return the share of right answers of each task and skill.

        Beside it stands what always giving the commonest of these answers would reach.
        """
        if self._asked is None:
            self._asked = self._read()
        right = self._right([asked.example for asked in self._asked])
        groups: dict[str, list[int]] = defaultdict(list)
        for i, asked in enumerate(self._asked):
            groups[asked.task].append(i)
            if asked.skill:
                groups[f"{asked.task}/{asked.skill}"].append(i)
        metrics: dict[str, float] = {}
        for name, chosen in groups.items():
            answers = Counter(self._asked[i].answer for i in chosen)
            metrics[f"{name}/{ACCURACY}"] = sum(right[i] for i in chosen) / len(chosen)
            metrics[f"{name}/{COMMONEST}"] = max(answers.values()) / len(chosen)
        directions = {name: "higher" for name in metrics if name.endswith(f"/{ACCURACY}")}
        return SamplesReady(step=step, samples=(), metrics=metrics, directions=directions)

    def _read(self) -> list[Asked]:
        return [asked for use in judging_uses(self.recipe) for asked in self._rows_of(use)]

    def _rows_of(self, use: SourceUseConfig) -> list[Asked]:
        source = open_held_out(use, self.recipe, self.catalog)
        if source is None:
            return []
        task = build_task(self.catalog, use.task, self.wording)
        asked = []
        for i in range(min(self.recipe.evaluation.samples_per_task, len(source))):
            row = source.row(i)
            example = task.to_example(row)
            (encoded,) = self.model.encode([self.model.prepare(example, row.id)])
            skill = str(row.truth.get("skill") or "")
            asked.append(Asked(task.name, skill, str(example.answer), encoded))
        return asked

    @torch.no_grad()
    def _right(self, examples: Sequence[EncodedExample]) -> list[bool]:
        was_training = self.model.training
        self.model.eval()
        try:
            parts = [examples[i : i + TOGETHER] for i in range(0, len(examples), TOGETHER)]
            return [bool(ok) for part in parts for ok in self.model.answers_match(part)]
        finally:
            self.model.train(was_training)
