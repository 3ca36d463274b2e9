"""From a resolved recipe to a finished run: opens the parts and hands them to the loop."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..catalog import Catalog
from ..data.dataset import PickDataset, Skipped
from ..data.example_cache import ExampleCache
from ..data.loader import BatchLoader
from ..data.mixture import Mixture, Pick
from ..data.pool import ExamplePool, OnProgress, PoolLoader
from ..data.records import EncodedExample, Part
from ..models.audio_omni import AudioOmniModel
from ..models.brought_along import brought_along
from ..recipe import Recipe
from ..task import build_task
from ..wording import load_wording
from .aims import aim_of
from .beginning import adapt, begin_from, hold_still, recompute_blocks, trained_parts
from .calibration import Read, calibrate
from .checkpoint import LoadedCheckpoint
from .encoded import open_encoded, open_sources
from .feature_caches import FeatureCaches
from .outcome import TrainOutcome
from .pace import Pace
from .preflight import check_names, claim_folder
from .ranks import heard_in_all, launch_tags
from .resume import checkpoint_to_resume, named_and_built
from .run_facts import base_tags, run_tags, source_uses
from .trainer import Trainer
from .world import World, joined_world, own_device

logger = logging.getLogger("audio_omni.training")

Observer = Callable[[Any], None]
"""What watches a run beside the plugins, for example a progress bar: takes event records."""


def train(
    recipe: Recipe,
    catalog: Catalog,
    run_dir: Path,
    *,
    resume: bool = False,
    accept_changes: bool = False,
    device: str = "auto",
    observers: Sequence[Observer] = (),
    on_pool: OnProgress | None = None,
) -> TrainOutcome:
    """Train a model as a recipe says; everything lands in the run's folder.

    Under ``torchrun`` this process is one of several, which learn together: each calls this with
    the same arguments. The first one writes, and tells observers.

    Args:
        recipe: the resolved recipe.
        catalog: where plugins are looked up; its observers are told what happens.
        run_dir: folder of the run, made if missing.
        resume: go on from the latest checkpoint in ``run_dir``.
        accept_changes: whether a resume may draw from another mixture, or in another way.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
        observers: watch the run in this process.
        on_pool: called with (rows done, rows in all) while a pool is built.

    Raises:
        ConfigError: if the folder holds another run or cannot be written, if the recipe does not
            fit the checkpoint, or there is none to resume, or the device is absent.
        UnknownNameError: for a task, source, conditioner, codec, solver or metric that no plugin
            registered.
        DataError, TrainingError, CheckpointError: as the loop meets them.
    """
    target = own_device(check_names(recipe, catalog, device))
    with joined_world(target) as world:
        return _train(
            recipe,
            catalog,
            run_dir,
            resume=resume,
            accept_changes=accept_changes,
            device=target,
            world=world,
            observers=observers,
            on_pool=on_pool,
        )


def _train(
    recipe: Recipe,
    catalog: Catalog,
    run_dir: Path,
    *,
    resume: bool,
    accept_changes: bool,
    device: torch.device,
    world: World,
    observers: Sequence[Observer],
    on_pool: OnProgress | None,
) -> TrainOutcome:
    """Train as one of the processes of a run."""
    checkpoint = checkpoint_to_resume(recipe, run_dir, resume, accept_changes)
    world.wait()  # none may find what another has begun to write
    recipe, built = named_and_built(recipe, checkpoint)
    wording = load_wording(Path(recipe.model.wording) if recipe.model.wording else None)
    tasks = [build_task(catalog, use.task, wording) for use in recipe.mixture.sources]
    encoded = open_encoded(recipe, catalog)
    sources = open_sources(recipe.mixture.sources, catalog, encoded)
    mixture = Mixture(recipe.mixture, sources, recipe.seed)
    aim = aim_of(built, catalog, device, wording, encoded)
    filled: frozenset[str] = frozenset()
    if recipe.train.start_from is not None and checkpoint is None:
        filled = begin_from(aim.model, Path(recipe.train.start_from).expanduser())
    if recipe.train.lora is not None:
        adapt(aim.model, recipe.train.lora, recipe.seed)
    hold_still(aim.model, trained_parts(recipe.train))
    if recipe.train.activation_checkpointing:
        recompute_blocks(aim.model)
    features = aim.features
    claim_folder(run_dir)
    dataset = PickDataset(
        sources,
        tasks,
        features.prepare,
        geometry=aim.geometry,
        crop=recipe.loader.crop,
        seed=recipe.seed,
    )
    luggage = brought_along(dict(aim.model.conditioners.items()))
    if encoded is not None and isinstance(aim.model, AudioOmniModel):
        encoded.check(aim.model)
        dataset, luggage = encoded.reading(dataset), encoded.luggage(luggage, aim.model)
    drawn = _drawn(
        recipe,
        features,
        dataset=dataset,
        mixture=mixture,
        checkpoint=checkpoint,
        accept_changes=accept_changes,
        part=world.part,
        on_pool=on_pool if world.is_first else None,
    )
    if checkpoint is None and isinstance(aim.model, AudioOmniModel):
        calibrate(aim.model, mixture, drawn.read, filled=filled)

    def notify(event: Any) -> None:
        for observer in observers:
            observer(event)
        catalog.notify(event)

    trainer = Trainer(
        recipe,
        aim.model,
        drawn.batches,
        drawn.encode,
        notify=notify,
        on_any=heard_in_all(features.observe, catalog.notify, world),
        run_dir=run_dir,
        evaluate=aim.evaluate,
        objective=aim.objective,
        realised_shares=_shares(mixture),
        task_examples=_counts([task.name for task in tasks]),
        plugins=catalog.versions(),
        luggage=luggage,
        world=world,
    )
    outcome = trainer.run(
        checkpoint,
        sources=source_uses(recipe.mixture.sources, sources, catalog),
        tags=run_tags(aim.model, catalog)
        | base_tags(recipe)
        | launch_tags(world)
        | (encoded.tags if encoded is not None else {}),
    )
    return replace(outcome, features_reused=features.reused, features_computed=features.computed)


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


def _drawn(
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


def _shares(mixture: Mixture) -> Callable[[Mapping[str, Any]], Mapping[str, float]]:
    def realised(state: Mapping[str, Any]) -> Mapping[str, float]:
        total = max(1, sum(state["drawn"]))
        return {
            name: count / total for name, count in zip(mixture.names, state["drawn"], strict=True)
        }

    return realised


def _counts(tasks: Sequence[str]) -> Callable[[Mapping[str, Any]], Mapping[str, int]]:
    def drawn(state: Mapping[str, Any]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for task, count in zip(tasks, state["drawn"], strict=True):
            counts[task] += count
        return dict(counts)

    return drawn
