"""What a run draws from its mixture: batches from where it begins, read as they come or pooled."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.dataset import PickDataset, Skipped
from ..data.example_cache import ExampleCache
from ..data.loader import BatchLoader
from ..data.mixture import Mixture, Pick
from ..data.pool import ExamplePool, OnProgress, PoolLoader
from ..data.records import EncodedExample, Part
from ..recipe import Recipe
from .calibration import Read
from .checkpoint import LoadedCheckpoint
from .feature_caches import FeatureCaches
from .pace import Pace

logger = logging.getLogger("audio_omni.training")


@dataclass(frozen=True)
class Drawn:
    """What a run draws from its mixture.

    Attributes:
        batches: from where the run begins.
        encode: encodes a batch.
        read: returns encoded rows out of their turn.
    """

    batches: Iterable[Any]
    encode: Callable[[Sequence[Any]], Sequence[Any]]
    read: Read


def drawn_from(
    recipe: Recipe,
    features: FeatureCaches,
    *,
    dataset: PickDataset,
    mixture: Mixture,
    checkpoint: LoadedCheckpoint | None,
    accept_changes: bool,
    part: Part,
    on_pool: OnProgress | None,
) -> Drawn:
    """Return what a run draws, from where it begins; a pool is built by it.

    Args:
        recipe: of the run.
        features: encodes what is not encoded yet.
        dataset: reads rows.
        mixture: plans batches; it goes on from the checkpoint.
        checkpoint: what the run goes on from, if it does.
        accept_changes: whether the mixture may be another one than that of the checkpoint.
        part: which examples of a batch this process reads.
        on_pool: called with (rows done, rows in all) while a pool is built.

    Raises:
        DataError: if the mixture is another one, or a row of a pool is broken.
        ConfigError: if a pool would be too large.
    """

    def read(picks: Sequence[Pick]) -> list[EncodedExample]:
        items = [dataset[pick] for pick in picks]
        return features.encode([item for item in items if not isinstance(item, Skipped)])

    start_step = 0
    if checkpoint is not None:
        _go_on(mixture, checkpoint, accept_changes)
        start_step = int(checkpoint.saved("next_batch"))
        if _is_over(recipe, checkpoint):  # a pool that nothing is drawn from would take minutes
            return Drawn((), list, read)
    if not recipe.loader.pool:
        loader = BatchLoader(dataset, mixture, recipe.loader, start_step=start_step, part=part)
        return Drawn(loader, features.encode, read)
    pool = ExamplePool.build(
        dataset,
        mixture,
        features.encode,
        cache=_pool_cache(recipe, features.model.conditioners.values()),
        workers=recipe.loader.workers,
        on_progress=on_pool,
    )
    batches = PoolLoader(pool, mixture, recipe.loader, start_step=start_step, part=part)
    return Drawn(batches, list, pool.get)


def _go_on(mixture: Mixture, checkpoint: LoadedCheckpoint, accept_changes: bool) -> None:
    """Let a mixture go on from a checkpoint; where it may be another one, say what begins anew."""
    state = checkpoint.saved("mixture")
    if not accept_changes:
        mixture.load_state_dict(state)
        return
    for name in mixture.adopt(state):
        logger.warning("Source '%s' begins with its first row.", name)


def _is_over(recipe: Recipe, checkpoint: LoadedCheckpoint) -> bool:
    """Tell whether all steps or minutes of a run had been taken when it was saved."""
    pace = Pace(recipe.train, clock=lambda: 0.0, elapsed_s=float(checkpoint.saved("elapsed_s")))
    return pace.progress(checkpoint.step) >= 1.0


def _pool_cache(recipe: Recipe, conditioners: Iterable[Any]) -> ExampleCache:
    """Return the cache of a pool, in a folder named after whatever decides what is encoded.

    Frozen weights are among it by what they are: a file's name may come to mean others.
    """
    if recipe.loader.pool_folder is None:
        return ExampleCache()
    frozen = [conditioner.frozen_digest() for conditioner in conditioners]
    decisive = [recipe.model.model_dump(mode="json"), recipe.seed, recipe.loader.crop, frozen]
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
    return ExampleCache(Path(recipe.loader.pool_folder) / digest)
