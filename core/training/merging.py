"""A model with adapters in its weights, as a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from torch import Tensor

from ..catalog import Catalog
from ..errors import CheckpointError
from ..models.audio_omni import AudioOmniModel
from .adapter_files import Strengths
from .beginning import LORA
from .checkpoint import load_checkpoint
from .checkpoint_saving import save_checkpoint
from .components import saved_tensors
from .consolidating import copy_assets, own_state
from .learner import OPTIMIZER
from .restore import restore_model
from .weights import EMA

LEFT_OUT = frozenset({LORA, EMA, OPTIMIZER})


def merge_model(path: Path, adapters: Strengths, folder: Path, catalog: Catalog) -> Path:
    """Write a model whose weights are the averaged ones, with adapters added; return its folder.

    Args:
        path: folder of a run, a checkpoint or an imported model; its own adapters are merged.
        adapters: folders of further ones → how strongly, 1 as trained.
        folder: what to write: it is read as a run is.
        catalog: where the model's plugins are looked up.

    Raises:
        CheckpointError: if something is missing, does not fit, or cannot be written; or the folder
            exists.
    """
    if folder.exists():
        raise CheckpointError(f"{folder} exists; choose another folder, or remove it.")
    source = load_checkpoint(path)
    if not adapters and LORA not in source.hashes:
        raise CheckpointError(
            f"{path} holds no adapters, and none are named, so there is nothing to merge. Name "
            "some with --lora FOLDER, or the folder of a run with train.lora.rank set."
        )
    model = restore_model(path, catalog, "cpu", adapters=adapters).model
    if not isinstance(model, AudioOmniModel):
        raise CheckpointError(f"{path} holds a language model alone; adapters are of transformers.")
    components: dict[str, Mapping[str, Tensor]] = {
        name: source.tensors(name) for name in source.hashes if name not in LEFT_OUT
    }
    components |= {name: saved_tensors(part) for name, part in model.components().items()}
    recipe = source.recipe
    recipe.get("train", {}).pop("lora", None)
    saved = save_checkpoint(
        folder,
        source.step,
        components,
        recipe_yaml=yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True),
        state={
            **{k: v for k, v in own_state(source).items() if k != "recipe_sha256"},
            "merged": {str(name): strength for name, strength in adapters.items()},
        },
    )
    copy_assets(source, saved)
    return folder
