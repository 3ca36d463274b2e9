"""The published files as a model in memory, without a copy on disk first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from torch import Tensor

from ...core.catalog import Catalog
from ...core.errors import CheckpointError
from ...core.execution import ExecutionConfig
from ...core.models.audio_omni import AudioOmniModel
from ...core.models.build import build_model
from ...core.pipeline import Pipeline
from ...core.recipe import parse_saved_model
from ...core.training.restore import ready_pipeline
from ...core.training.run_facts import pick_device
from .assets import Assets
from .expected import check_tensors, expected_tensors
from .importing import LICENCE, SOURCE
from .layout import THINKER, split
from .prompts import release_wording
from .published_config import PROMPT, SYNC
from .published_files import PublishedFiles
from .resolve import PUBLISHED_LLM, resolve_model
from .tensors import StoredTensor

logger = logging.getLogger("audio_omni.release")

COMPARED = 3
"""Tensors of the language model that are compared with its publisher's copy."""


def open_release(
    files: PublishedFiles,
    catalog: Catalog,
    assets: Assets,
    *,
    llm: str = PUBLISHED_LLM,
    device: str = "auto",
    defects: bool = True,
    execution: ExecutionConfig | None = None,
) -> Pipeline:
    """Return a pipeline over the published weights.

    The language model was frozen in training, so it is taken from its publisher (``llm``), and a
    few of its tensors are compared with the checkpoint's copy.

    Args:
        files: config and weights.
        catalog: where codec and conditioners are looked up.
        assets: sentences and vocabulary from the user's copy of the release.
        llm: hub name or folder of the language model.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
        defects: whether the published program's defects are reproduced, see `quirks`.
        execution: what to trade for speed and memory; left out: nothing.

    Raises:
        ConfigError: if the config is another model's, or the language model is not here.
        CheckpointError: if the checkpoint is missing, damaged, or does not fit its config; lists
            missing, unexpected and misshapen keys.
    """
    target = pick_device(device)
    tensors = files.tensors()
    synchformer = files.synchformer_tensors()
    values = resolve_model(
        files.config(), tensors, llm=llm, defects=defects, synchformer=synchformer
    )
    speech = values["model"]["conditioners"]["speech_prompt"]["options"]
    speech["vocabulary"] = str(assets.vocabulary)
    saved = parse_saved_model(values, where=str(files.config_path))
    parts, strange = split(tensors)
    thinker = parts.pop(THINKER)
    model = build_model(saved.model, catalog, draw=False)
    check_tensors(
        expected_tensors(model, with_thinker=False), parts, strange, str(files.checkpoint)
    )
    _load(model, parts)
    _compare_thinker(model, thinker, llm)
    if synchformer:
        sync = cast("Any", model.conditioners[SYNC])
        sync.watch_with(_read(synchformer), str(files.synchformer))
    logger.warning("%s", LICENCE)
    return ready_pipeline(
        model,
        target,
        execution or ExecutionConfig(),
        catalog=catalog,
        sampling=saved.sampling,
        provenance={"recipe": saved.name, "licence": LICENCE, "source": SOURCE, "step": 0},
        wording=release_wording(assets.constants),
    )


def _load(model: AudioOmniModel, parts: Mapping[str, Mapping[str, StoredTensor]]) -> None:
    for name, module in model.components().items():
        wanted = module.state_dict()
        tensors = {n: t.to(wanted[n].dtype) for n, t in _read(parts[name]).items()}
        module.load_state_dict(tensors, assign=any(p.is_meta for p in module.parameters()))


def _read(stored: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
    return {name: tensor.read() for name, tensor in stored.items()}


def _compare_thinker(model: AudioOmniModel, stored: Mapping[str, StoredTensor], llm: str) -> None:
    """Raise if the checkpoint's copy of the language model is another one's."""
    if not stored:
        return
    conditioner = cast("Any", model.conditioners[PROMPT])
    ours: Mapping[str, Tensor] = conditioner.published_tensors()
    names = sorted(ours.keys() & stored.keys())
    chosen = names[:: max(1, len(names) // COMPARED)][:COMPARED]
    for name in chosen:
        theirs = stored[name].read().to(ours[name].dtype)
        if theirs.shape != ours[name].shape or not bool((theirs == ours[name].cpu()).all()):
            raise CheckpointError(
                f"The language model '{llm}' is not the one in the checkpoint: '{name}' differs. "
                "Name the folder of the one that the model was trained with (llm, or "
                "QWEN_OMNI_MODEL_PATH), or import the checkpoint with its own copy."
            )
    if not chosen:
        raise CheckpointError(
            f"The checkpoint's language model shares no tensor with '{llm}'; expected the same "
            "architecture."
        )
