"""What of a recipe is the same on every machine: its model, its shares, its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..catalog import Catalog
from ..data.shares import Shares
from ..models.audio_omni import AudioOmniModel
from ..recipe import Recipe
from .encoding import EncoderCost, encoder_cost
from .parameters import Part, checkpoint_bytes, parts_of, planned_model
from .sources import SourceState, look_at
from .workload import Workload, workload_of


@dataclass(frozen=True)
class Subject:
    """What is planned.

    Attributes:
        recipe: resolved.
        catalog: where plugins are looked up.
        model: without memory.
        parts: its parameters.
        codec: what encoding a clip takes; `None` where that cannot be counted.
        checkpoint: bytes of one.
        rows: of each source; `None` where it is not here.
    """

    recipe: Recipe
    catalog: Catalog
    model: AudioOmniModel
    parts: tuple[Part, ...]
    codec: EncoderCost | None
    checkpoint: int
    rows: tuple[int | None, ...]

    def workload(self, prompt_tokens: int) -> Workload:
        """Return what the mixture asks of the model, if prompts have so many tokens of text."""
        shares = _shares(self.recipe, self.rows)
        mixture = self.recipe.mixture
        return workload_of(self.model, mixture, shares, self.catalog, prompt_tokens=prompt_tokens)

    def examples(self, hours: float | None) -> float | None:
        """Return how many clips the data has: told in hours, or counted; `None` if unknown."""
        if hours is not None:
            return hours * 3600 / self.model.geometry.clip_seconds
        known = [count for count in self.rows if count is not None]
        return float(sum(known)) if len(known) == len(self.rows) else None


def subject_of(
    recipe: Recipe, catalog: Catalog, sources: Sequence[SourceState] | None = None
) -> Subject:
    """Return what is planned. Nothing is loaded, fetched or run.

    Args:
        recipe: the resolved recipe.
        catalog: where plugins are looked up.
        sources: the state of the recipe's sources, if it is known already.

    Raises:
        ConfigError: if the recipe trains a language model alone, or does not fit its plugins.
        UnknownNameError, PluginError: as the model is built.
    """
    model = planned_model(recipe, catalog)
    states = look_at(recipe.mixture.sources, catalog) if sources is None else sources
    return Subject(
        recipe=recipe,
        catalog=catalog,
        model=model,
        parts=parts_of(model),
        codec=encoder_cost(model.codec, model.geometry),
        checkpoint=checkpoint_bytes(model),
        rows=tuple(state.rows for state in states),
    )


def _shares(recipe: Recipe, rows: Sequence[int | None]) -> list[float]:
    """Return the shares of the sources, by weights alone where rows are not known."""
    known = [count for count in rows if count]
    if len(known) == len(rows):
        config = recipe.mixture
    else:
        config, known = recipe.mixture.model_copy(update={"temperature": None}), [1] * len(rows)
    weights = config.model_copy(
        update={"sources": [use.model_copy(update={"fade": []}) for use in config.sources]}
    )
    return [float(share) for share in Shares(weights, known).at(0)]
