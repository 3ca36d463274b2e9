"""What a run learns from: its tasks and sources, open, and what reads their rows for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..data.dataset import PickDataset
from ..data.mixture import Mixture
from ..data.ready_latents import codec_of_latents
from ..models.audio_omni import AudioOmniModel
from ..models.brought_along import BroughtAlong, brought_along
from ..models.identify import identify_codec
from ..recipe import Recipe
from ..source import DataSource
from ..task import Task, build_task
from ..wording import TaskWording, load_wording
from .aims import Aim
from .encoded import EncodedMixture, open_encoded, open_sources


@dataclass(frozen=True)
class LearnedFrom:
    """What a run learns from.

    Attributes:
        wording: how tasks word their prompts.
        tasks: of each source of the mixture.
        encoded: rows that were encoded ahead; `None` where the recipe names none.
        sources: open, in the order of the mixture.
        mixture: plans what is drawn from them.
        catalog: where all of it was looked up.
    """

    wording: Mapping[str, TaskWording]
    tasks: Sequence[Task[Any]]
    encoded: EncodedMixture | None
    sources: Sequence[DataSource]
    mixture: Mixture
    catalog: Catalog

    @property
    def tags(self) -> dict[str, str]:
        """Return what trackers keep of it."""
        return {} if self.encoded is None else self.encoded.tags

    def reading(self, recipe: Recipe, aim: Aim) -> tuple[PickDataset, Sequence[BroughtAlong]]:
        """Return what reads rows for a model, and what its checkpoints bring along.

        Raises:
            ConfigError: if rows were encoded with other weights than the model's, or a source
                brings latents of another codec.
            CheckpointError: if weights that were kept with them are missing or damaged.
        """
        dataset = PickDataset(
            self.sources,
            self.tasks,
            aim.features.prepare,
            geometry=aim.geometry,
            crop=recipe.loader.crop,
            seed=recipe.seed,
            codec=self._codec(aim),
        )
        luggage = brought_along(dict(aim.model.conditioners.items()))
        if self.encoded is None or not isinstance(aim.model, AudioOmniModel):
            return dataset, luggage
        self.encoded.check(aim.model)
        return self.encoded.reading(dataset), self.encoded.luggage(luggage, aim.model)

    def _codec(self, aim: Aim) -> str | None:
        """Return the key of the codec whose latents sources bring, if any does."""
        model = aim.model
        if not isinstance(model, AudioOmniModel):
            return None
        use = model.config.codec
        return codec_of_latents(
            self.sources, lambda: identify_codec(model.codec, use, self.catalog)
        )


def open_learned_from(recipe: Recipe, catalog: Catalog) -> LearnedFrom:
    """Open the sources of a recipe, and plan what is drawn from them.

    Raises:
        ConfigError, UnknownNameError, DataError: as a task, a source or encoded rows do not open.
    """
    wording = load_wording(Path(recipe.model.wording) if recipe.model.wording else None)
    tasks = [build_task(catalog, use.task, wording) for use in recipe.mixture.sources]
    encoded = open_encoded(recipe, catalog)
    sources = open_sources(recipe.mixture.sources, catalog, encoded)
    mixture = Mixture(recipe.mixture, sources, recipe.seed)
    return LearnedFrom(wording, tasks, encoded, sources, mixture, catalog)
