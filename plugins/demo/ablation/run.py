"""Trains and measures every variant of a study; goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from ....core.catalog import Catalog
from ....core.events import Evaluated
from ....core.metric_result import MetricResult
from ....core.models.build import conditioner_options
from ....core.pipeline import Pipeline
from ....core.recipe import Recipe, find_recipe, resolve_recipe
from ....core.training.restore import restore_model
from ..full.cases import Case, ask, cases_of, held_out
from ..full.line import Line
from ..full.listeners import Listeners
from ..full.measures import COPY
from ..full.measuring import Measuring
from ..full.table import as_markdown, with_interval
from ..page.report import Cell, Table
from ..training import train_to_the_end
from .study import Column, Study, Variant

TABLE = "table.md"


@dataclass(frozen=True)
class Trial:
    """How the variants of a study are trained and measured.

    Attributes:
        study: what is varied.
        overrides: of every variant's recipe, after its own.
        clips: held-out clips a source.
        listener_clips: real clips that each listener learns from.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
        taught: what listens, trained once for all variants whose clips have one geometry.
    """

    study: Study
    overrides: Sequence[str]
    clips: int
    listener_clips: int
    device: str
    taught: dict[str, Listeners] = field(default_factory=dict, compare=False)

    def recipe(self, variant: Variant, catalog: Catalog) -> Recipe:
        """Return the resolved recipe of a variant.

        Raises:
            ConfigError: if an override does not fit.
        """
        values = find_recipe(self.study.recipe, catalog.recipes)
        values["name"] = f"{values['name']}: {variant.name}"
        values["mixture"] = {"sources": [use.model_dump() for use in self.study.sources]}
        changes = [f"train.steps={self.study.steps}", *variant.set, *self.overrides]
        recipe = resolve_recipe(values, changes, where=f"Variant '{variant.name}'")
        for name, use in recipe.model.conditioners.items():
            conditioner_options(name, use, catalog)
        return recipe

    def cases(self, recipe: Recipe, catalog: Catalog) -> list[Case]:
        """Return what is asked of a variant: the same of all, if the study says so."""
        if not self.study.judged_on:
            return list(cases_of(recipe, catalog))
        return [
            Case(catalog.tasks.get(use.task).name, use.uri, use.options)
            for use in self.study.judged_on
        ]

    def listeners(
        self, cases: Sequence[Case], pipeline: Pipeline, catalog: Catalog, seed: int
    ) -> Listeners:
        """Return what listens to a variant: that of another one, if the same is to be heard."""
        geometry = pipeline.model.geometry
        key = repr((cases, geometry, seed))
        if key not in self.taught:
            clips = self.listener_clips
            self.taught[key] = Listeners(cases, catalog, geometry, seed=seed, clips=clips)
        return self.taught[key]


def run_study(trial: Trial, catalog: Catalog, folder: Path, console: Console) -> Table:
    """Return the table of a study, which is also written to its folder as Markdown.

    Every variant has the same seed, steps and held-out rows. A variant that was measured before
    is not trained again.
    """
    recipes = [  # all of them: errors first
        _tracked_in(folder, trial.recipe(variant, catalog)) for variant in trial.study.variants
    ]
    rows: list[tuple[Cell | str, ...]] = []
    results: Results = {}
    for number, (variant, recipe) in enumerate(zip(trial.study.variants, recipes, strict=True)):
        console.print(f"[bold]{number + 1}/{len(recipes)}[/] {escape(variant.name)}")
        results = _measured(trial, recipe, catalog, folder / f"variant-{number}", console)
        rows.append((variant.name, *(_cell(results, column) for column in trial.study.columns)))
    if trial.study.input_row:
        rows.append((COPY.words, *(_cell(results, c, of=INPUT) for c in trial.study.columns)))
    header = ("", *(column.title for column in trial.study.columns))
    table = Table(trial.study.title, header, rows, _note(trial, recipes[0].train.steps))
    (folder / TABLE).write_text(as_markdown(table), encoding="utf-8")
    return table


def _tracked_in(folder: Path, recipe: Recipe) -> Recipe:
    """Return a recipe whose run is one of the study's in trackers, unless it says otherwise."""
    if recipe.tracking.parent is not None:
        return recipe
    tracking = recipe.tracking.model_copy(update={"parent": str(folder.resolve())})
    return recipe.model_copy(update={"tracking": tracking})


Results = dict[str, MetricResult]
"""Task and metric, joined by a slash, to the result; those of the input begin with `INPUT`."""

INPUT = "input/"


def _measured(
    trial: Trial, recipe: Recipe, catalog: Catalog, run_dir: Path, console: Console
) -> Results:
    kept = run_dir / "measured.json"
    if kept.is_file():
        found = json.loads(kept.read_text(encoding="utf-8"))
        return {name: MetricResult(**values) for name, values in found.items()}
    trained = train_to_the_end(recipe, catalog, run_dir, device=trial.device, console=console)
    results = _measure(trial, recipe, catalog, run_dir)
    details = {name: result.to_dict() for name, result in results.items()}
    kept.write_text(json.dumps(details, indent=2) + "\n", encoding="utf-8")
    ours = {name: value for name, value in results.items() if not name.startswith(INPUT)}
    values = {name: result.value for name, result in ours.items()}
    plain = recipe.model_dump(mode="json")
    catalog.notify(
        Evaluated(run_dir, plain, trial.study.title, trained.step, values, {"results": details})
    )
    return results


def _measure(trial: Trial, recipe: Recipe, catalog: Catalog, run_dir: Path) -> Results:
    pipeline = restore_model(run_dir, catalog, trial.device)
    cases = trial.cases(recipe, catalog)
    listeners = trial.listeners(cases, pipeline, catalog, recipe.seed)
    measuring = Measuring(pipeline, catalog, listeners, recipe.seed)
    wanted = {(catalog.tasks.get(c.task).name, c.metric) for c in trial.study.columns}
    lines: list[Line] = []
    for case in cases:
        rows = held_out(case, catalog, pipeline, trial.clips)
        if rows and any(task == case.task for task, _ in wanted):
            lines += measuring.lines(ask(case, rows, pipeline, recipe.seed), wanted)
    found = {f"{line.case.task}/{line.ours.name}": line.ours for line in reversed(lines)}
    return found | {
        f"{INPUT}{line.case.task}/{line.ours.name}": line.baseline
        for line in reversed(lines)
        if line.baseline is not None and line.measure.baseline.kind == COPY.kind
    }


def _cell(results: Results, column: Column, of: str = "") -> Cell | str:
    found = results.get(f"{of}{column.task}/{column.metric}")
    return "–" if found is None else with_interval(found)


def _note(trial: Trial, steps: int) -> str:
    study = trial.study
    origin = f"After {study.paper} of the paper, at" if study.paper else "At"
    return (
        f"{origin} the size of {study.recipe}: every variant has the "
        f"same seed, {steps} steps, and the same held-out rows, {trial.clips} a source. In "
        "brackets 95 % intervals over clips; one seed each, so they say nothing of other seeds."
    )
