"""Where the rows come from that a run is measured on, and never trained on."""

from __future__ import annotations

from ..catalog import Catalog
from ..data.config import SourceUseConfig
from ..data.uri import open_source
from ..events import SourceUse
from ..recipe import Recipe
from ..source import DataSource


def is_judged(recipe: Recipe) -> bool:
    """Return whether a run measures held-out rows."""
    return recipe.evaluation.every is not None and recipe.evaluation.samples_per_task > 0


def judging_uses(recipe: Recipe) -> list[SourceUseConfig]:
    """Return the entries whose held-out rows are measured: its own, or else the mixture's."""
    return recipe.evaluation.sources or recipe.mixture.sources


def open_held_out(use: SourceUseConfig, recipe: Recipe, catalog: Catalog) -> DataSource | None:
    """Return the rows of an entry that are never trained on, or `None` if it keeps none back.

    Args:
        use: one of `judging_uses`; all rows of ``evaluation.sources`` are held out.
        recipe: whose entry it is.
        catalog: where the source is looked up.
    """
    source = open_source(use.uri, use.options, catalog)
    return source if recipe.evaluation.sources else source.held_out()


def held_out_uses(recipe: Recipe, catalog: Catalog) -> list[SourceUse]:
    """Return what a run is measured on, for trackers; nothing is drawn, so weights are 0."""
    if not is_judged(recipe):
        return []
    found = []
    for use in judging_uses(recipe):
        source = open_held_out(use, recipe, catalog)
        if source is not None and len(source):
            task = catalog.tasks.get(use.task).name
            found.append(
                SourceUse(use.uri, task, 0.0, len(source), source.digest(), source.licences())
            )
    return found
