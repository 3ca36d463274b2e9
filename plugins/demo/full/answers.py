"""Questions that were never trained on, answered, and what the commonest answer would get."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ....core.catalog import Catalog
from ....core.data.config import SourceUseConfig
from ....core.data.uri import open_source
from ....core.metric import Answered
from ....core.metric_result import MetricResult
from ....core.pipeline import Pipeline
from ....core.recipe import Recipe
from ....core.source import Row
from ....core.task import build_task
from .cases import evenly, source_name

METRIC = "exact_match"
SEEN_FOR_BASELINE = 400
"""Rows of training that say which answer is the commonest of a skill."""


@dataclass(frozen=True)
class Skill:
    """Right answers among the questions of one skill.

    Attributes:
        source: what the source is called.
        skill: as the rows' truth calls it.
        ours: share of right answers.
        baseline: what always giving the commonest answer of training gets, or the commonest of
            those that a question leaves to choose from.
    """

    source: str
    skill: str
    ours: MetricResult
    baseline: MetricResult


def answer_questions(
    recipe: Recipe, pipeline: Pipeline, catalog: Catalog, count: int
) -> list[Skill]:
    """Return the share of right answers to held-out questions, skill by skill.

    Args:
        recipe: the language model's own; its sources have the questions.
        pipeline: the model that answers.
        catalog: where sources, tasks and the metric are looked up.
        count: questions of each source.
    """
    found = []
    for use in recipe.mixture.sources:
        asked = answered(use, pipeline, catalog, count)
        answers = _answers(use, catalog)
        for skill, items in _by_skill(asked).items():
            guesses = [replace(item, answer=_guess(item, answers[skill])) for item in items]
            ours, baseline = _right(items, catalog), _right(guesses, catalog)
            found.append(Skill(source_name(use), skill, ours, baseline))
    return found


def answered(
    use: SourceUseConfig, pipeline: Pipeline, catalog: Catalog, count: int
) -> list[Answered]:
    """Return up to ``count`` held-out questions of a source with the pipeline's answers."""
    source = open_source(use.uri, dict(use.options), catalog).held_out()
    task = build_task(catalog, use.task, pipeline.wording)
    rows = [] if source is None else [source.row(i) for i in evenly(count, len(source))]
    return [
        Answered(
            answer="".join(pipeline.answer(use.task, task.request_from_row(row))),
            fields=row.fields,
            truth=row.truth,
        )
        for row in rows
    ]


def _answers(use: SourceUseConfig, catalog: Catalog) -> Mapping[str, Counter[str]]:
    """Return how often each answer is right, skill by skill, among rows of training."""
    source = open_source(use.uri, dict(use.options), catalog)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for i in range(min(SEEN_FOR_BASELINE, len(source))):
        row = source.row(i)
        counts[_skill(row)][str(row.fields["answer"])] += 1
    return counts


def _guess(item: Answered, answers: Counter[str]) -> str:
    """Return the commonest answer, of those that the question leaves to choose from."""
    choices = [str(choice) for choice in item.fields.get("choices") or answers]
    return max(choices, key=lambda choice: answers[choice], default="")


def _by_skill(items: Iterable[Answered]) -> dict[str, list[Answered]]:
    groups: defaultdict[str, list[Answered]] = defaultdict(list)
    for item in items:
        groups[_skill(item)].append(item)
    return dict(sorted(groups.items()))


def _skill(item: Answered | Row) -> str:
    return str(item.truth.get("skill") or "")


def _right(items: Sequence[Answered], catalog: Catalog) -> MetricResult:
    metric = catalog.metrics.load(METRIC)(catalog.metrics.get(METRIC).config())
    for item in items:
        metric.update(item)
    result: MetricResult = metric.compute()
    return result
