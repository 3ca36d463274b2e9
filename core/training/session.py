"""From a resolved recipe to a finished run: opens the parts and hands them to the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..catalog import Catalog
from ..data.pool import OnProgress
from ..data.tallies import counts_of, shares_of
from ..models.audio_omni import AudioOmniModel
from ..recipe import Recipe
from .aims import aim_of
from .beginning import begin
from .calibration import calibrate
from .drawing import drawn_from
from .held_out_sources import held_out_uses
from .learned_from import open_learned_from
from .outcome import TrainOutcome
from .preflight import check_names, claim_folder
from .ranks import heard_in_all, launch_tags
from .resume import checkpoint_to_resume, named_and_built
from .run_facts import base_tags, run_tags, source_uses
from .telling import both
from .trainer import Trainer
from .world import World, joined_world, own_device

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
    data = open_learned_from(recipe, catalog)
    aim = aim_of(built, catalog, device, data.wording, data.encoded)
    filled = begin(aim.model, recipe, is_fresh=checkpoint is None)
    claim_folder(run_dir)
    dataset, luggage = data.reading(recipe, aim)
    drawn = drawn_from(
        recipe,
        aim.features,
        dataset=dataset,
        mixture=data.mixture,
        checkpoint=checkpoint,
        accept_changes=accept_changes,
        part=world.part,
        on_pool=on_pool if world.is_first else None,
    )
    if checkpoint is None and isinstance(aim.model, AudioOmniModel):
        calibrate(aim.model, data.mixture, drawn.read, filled=filled)
    trainer = Trainer(
        recipe,
        aim.model,
        drawn.batches,
        drawn.encode,
        notify=both(*observers, catalog.notify),
        on_any=heard_in_all(aim.features.observe, catalog.notify, world),
        run_dir=run_dir,
        evaluate=aim.evaluate,
        objective=aim.objective,
        realised_shares=shares_of(data.mixture),
        task_examples=counts_of([task.name for task in data.tasks]),
        plugins=catalog.versions(),
        luggage=luggage,
        world=world,
    )
    outcome = trainer.run(
        checkpoint,
        sources=source_uses(recipe.mixture.sources, data.sources, catalog),
        held_out=held_out_uses(recipe, catalog) if world.is_first else (),
        tags=run_tags(aim.model, catalog) | base_tags(recipe) | launch_tags(world) | data.tags,
    )
    reused, computed = aim.features.reused, aim.features.computed
    return replace(outcome, features_reused=reused, features_computed=computed)
