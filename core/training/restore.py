"""From a checkpoint folder to a model that generates."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ..answering_pipeline import AnsweringPipeline
from ..catalog import Catalog
from ..config import parse_config
from ..errors import CheckpointError, ConfigError
from ..execution import ExecutionConfig, apply_precision, check_execution
from ..models.answering import COMPONENT, build_answering_model
from ..models.assets import resolve_assets
from ..models.audio_omni import AudioOmniModel
from ..models.build import build_model
from ..models.config import ModelConfig
from ..models.lora import add_adapters
from ..models.lora_config import LoraConfig
from ..pipeline import Pipeline
from ..recipe import Recipe, SavedModel, parse_saved_model, resolve_recipe
from ..unlearned import learned_tasks
from ..wording import load_wording
from .adapter_files import Strengths, put_into, read_adapters
from .beginning import LORA
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .elsewhere import located, not_here
from .luggage import check_copies
from .run_facts import pick_device
from .weights import load_weights

logger = logging.getLogger(__name__)


def saved_recipe(checkpoint: LoadedCheckpoint) -> Recipe:
    """Return the recipe that a checkpoint was trained with.

    Raises:
        CheckpointError: if it is damaged.
        ConfigError: if it does not fit this version; names the fields.
    """
    where = f"Recipe of checkpoint {checkpoint.path}"
    return resolve_recipe(checkpoint.recipe, where=where)


def saved_model(checkpoint: LoadedCheckpoint, overrides: Sequence[str] = ()) -> SavedModel:
    """Return what a checkpoint says of its model; the files that it brings lie in its folder.

    Args:
        checkpoint: of the model.
        overrides: where other files are, see `elsewhere.located`.

    Raises:
        CheckpointError: if it is damaged, or lacks a file that its config names.
        ConfigError: if it, or an override, does not fit this version; names the fields.
    """
    check_copies(checkpoint)
    return described_model(checkpoint, overrides)


def described_model(checkpoint: LoadedCheckpoint, overrides: Sequence[str] = ()) -> SavedModel:
    """Return what `saved_model` does; whether the files that it brings are whole is not looked at.

    Raises:
        CheckpointError, ConfigError: as `saved_model`.
    """
    values = resolve_assets(located(checkpoint.recipe, overrides), checkpoint.path)
    if (
        "codec" in checkpoint.hashes
    ):  # the checkpoint has the codec's weights; their file may be gone
        options = values.get("model", {}).get("codec", {}).get("options", {})
        options.pop("weights", None)
    return parse_saved_model(values, where=f"Recipe of checkpoint {checkpoint.path}")


def restore_model(
    path: Path,
    catalog: Catalog,
    device: str = "auto",
    execution: ExecutionConfig | None = None,
    *,
    adapters: Strengths | None = None,
    overrides: Sequence[str] = (),
) -> Pipeline:
    """Return a pipeline over the averaged (EMA) weights of a run or checkpoint folder.

    Args:
        path: the folder of a run (its latest checkpoint is taken), of a checkpoint, or of an
            imported model. Where only a language model was trained, the pipeline only answers.
        catalog: where the model's plugins are looked up.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
        execution: what to trade for speed and memory; left out: nothing.
        adapters: folders of adapters to add to the weights → how strongly, 1 as trained.
        overrides: options of the model's parts that are other than they were saved, such as where
            a file is: ``"model.conditioners.NAME.options.weights=FILE"``.

    Raises:
        CheckpointError: if there is no sound checkpoint, files that it names are not here (lists
            all of them), or adapters do not fit the model.
        ConfigError: if the device is unknown or absent, or cannot run as ``execution`` says.
        UnknownNameError: if a plugin that the model needs is not installed.
    """
    target = pick_device(device)
    checkpoint = load_checkpoint(path)
    saved = saved_model(checkpoint, overrides)
    options: dict[str, Any] = {
        "catalog": catalog,
        "sampling": saved.sampling,
        "provenance": {**_provenance(checkpoint, saved), **_told(adapters)},
        "wording": load_wording(Path(saved.model.wording) if saved.model.wording else None),
        "learned": learned_tasks(checkpoint.recipe, catalog),
    }
    with _naming_what_is_not_here(saved.model, catalog, checkpoint.path):
        if COMPONENT in checkpoint.hashes:
            answering = build_answering_model(saved.model, catalog, saved.seed)
            load_weights(answering, checkpoint)
            frozen = answering.to(target).eval().requires_grad_(False)
            return AnsweringPipeline.over(frozen, **options)
        model = build_model(saved.model, catalog, saved.seed, draw=False)
    if LORA in checkpoint.hashes:
        model.lora = add_adapters(model.dit, _lora_of(checkpoint), saved.seed)
    load_weights(model, checkpoint)
    model.merge()
    for folder, strength in (adapters or {}).items():
        put_into(model.dit, read_adapters(Path(folder).expanduser()), strength)
    return ready_pipeline(model, target, execution or ExecutionConfig(), **options)


@contextmanager
def _naming_what_is_not_here(config: ModelConfig, catalog: Catalog, path: Path) -> Iterator[None]:
    """Let an error of a ``with`` block that builds a model name all that is missing."""
    try:
        yield
    except (CheckpointError, ConfigError) as failure:
        lacking = not_here(config, catalog, path)
        if lacking is None:
            raise
        raise lacking from failure


def _told(adapters: Strengths | None) -> dict[str, Any]:
    """Return what a clip's provenance says of adapters."""
    return {"adapters": {str(k): v for k, v in adapters.items()}} if adapters else {}


def _lora_of(checkpoint: LoadedCheckpoint) -> LoraConfig:
    """Return the adapters' options that a checkpoint was trained with."""
    values = checkpoint.recipe.get("train", {}).get("lora")
    return parse_config(
        LoraConfig,
        values or {},
        where=f"train.lora of checkpoint {checkpoint.path}",
        error=CheckpointError,
    )


def ready_pipeline(
    model: AudioOmniModel, device: torch.device, execution: ExecutionConfig, **options: Any
) -> Pipeline:
    """Return a pipeline over a loaded model, on its device and in its precision.

    Args:
        model: with its weights, on the CPU.
        device: where to compute.
        execution: how.
        options: further arguments of `Pipeline`.

    Raises:
        ConfigError: if the device cannot run as ``execution`` says.
    """
    check_execution(execution, device)
    apply_precision(model.dit, execution)
    if execution.offload:
        model.offload_to(device)
    else:
        model.to(device)
    return Pipeline(model.eval(), execution=execution, **options)


def _provenance(checkpoint: LoadedCheckpoint, saved: SavedModel) -> dict[str, Any]:
    """Return what is true of every clip that a model makes; states a licence that binds its use."""
    known = {key: checkpoint.state[key] for key in ("licence", "source") if key in checkpoint.state}
    if "licence" in known:
        logger.warning("%s: %s Source: %s", saved.name, known["licence"], known.get("source"))
    return {
        "recipe": saved.name,
        "checkpoint": checkpoint.path.name,
        "checkpoint_sha256": checkpoint.digest,
        "step": checkpoint.step,
        **known,
    }
