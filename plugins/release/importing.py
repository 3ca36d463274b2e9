"""``audio-omni release import``: the published files become a model folder of ours.

A model folder is a checkpoint folder: one safetensors file for each component, the resolved
recipe, and beside them what else the model needs: the language model's weights, Synchformer's,
vocabulary and wording. Nothing is computed; tensors go from file to file one at a time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.catalog import Catalog
from ...core.errors import CheckpointError
from ...core.models.assets import is_asset
from ...core.models.audio_omni import AudioOmniModel
from ...core.models.sizes import build_empty
from ...core.recipe import SavedModel, dump_recipe, parse_saved_model
from ...core.training.checkpoint import FORMAT_VERSION, RECIPE, STATE, SUFFIX
from ...core.training.checkpoint_saving import folder_beside, write_text
from .assets import Assets
from .expected import check_tensors, expected_tensors
from .layout import PREFIXES, SYNCHFORMER, SYNCHFORMER_PREFIX, THINKER, split
from .prompts import release_wording
from .published_files import PublishedFiles
from .resolve import PUBLISHED_LLM, resolve_model
from .tensors import StoredTensor
from .writing import Entry, write_safetensors

LICENCE = (
    "The published Audio-Omni weights are for research only, not for commercial use; the language "
    "model among them has its publisher's licence."
)
SOURCE = "Audio-Omni, the checkpoint that the paper's authors published"
VOCABULARY, WORDING, CONFIG = "vocab.txt", "wording.json", "Audio-Omni.json"

OnComponent = Callable[[str, int], None]
"""Told of each component before it is written: its name and its bytes."""


@dataclass(frozen=True)
class Imported:
    """What an import made.

    Attributes:
        folder: the model.
        parameters: by component.
        notes: what the model lacks, in words.
    """

    folder: Path
    parameters: Mapping[str, int]
    notes: tuple[str, ...]


def import_release(
    files: PublishedFiles,
    output: Path,
    catalog: Catalog,
    assets: Assets,
    *,
    llm: str = PUBLISHED_LLM,
    keep_llm: bool = True,
    defects: bool = True,
    on_component: OnComponent | None = None,
) -> Imported:
    """Write a model folder from the published files.

    Args:
        files: config and weights.
        output: the folder to make; must not exist, or be empty.
        catalog: where codec and conditioners are looked up.
        assets: sentences and vocabulary from the user's copy of the release.
        llm: hub name or folder of the language model, for its config and processor, and for its
            weights where the checkpoint's are not kept.
        keep_llm: whether the checkpoint's copy of the language model is taken over.
        defects: whether the published program's defects are reproduced, see `quirks`.
        on_component: told about progress.

    Raises:
        ConfigError: if the config is not that of the published model.
        CheckpointError: if a tensor is missing, unexpected or misshapen (all are listed), the
            checkpoint lacks the language model and ``keep_llm`` asks for it, or the disk is full.
    """
    _check_output(output)
    tensors = files.tensors()
    parts, strange = split(tensors)
    _check_llm(parts[THINKER], keep_llm)
    names = {"vocabulary": VOCABULARY, "wording": WORDING}
    if keep_llm:
        names["thinker"] = f"{THINKER}{SUFFIX}"
    if files.synchformer is not None:
        names["synchformer"] = f"{SYNCHFORMER}{SUFFIX}"
    config = files.config()
    sizes = files.synchformer_tensors()
    values = resolve_model(
        config, tensors, llm=llm, defects=defects, assets=names, synchformer=sizes
    )
    model = build_empty(_without_files(values).model, catalog)
    expected = expected_tensors(model, with_thinker=keep_llm)
    if not keep_llm:
        parts[THINKER] = {}
    check_tensors(expected, parts, strange, str(files.checkpoint))
    advice = "Free some space, or choose another folder, then import again."
    with folder_beside(output, stale=f"{output.name}-*", advice=advice) as folder:
        hashes = _write_parts(folder, parts, expected, on_component)
        extra = _write_assets(folder, files, model, assets, on_component)
        if keep_llm:
            extra[f"{THINKER}{SUFFIX}"] = hashes.pop(THINKER)
        saved = parse_saved_model(values, where=f"Import of {files.checkpoint}")
        write_text(folder / RECIPE, dump_recipe(saved))
        write_text(folder / STATE, json.dumps(_state(files, hashes, extra), indent=2) + "\n")
    counts = {name: sum(t.numel for t in part.values()) for name, part in parts.items() if part}
    return Imported(output, counts, _notes(files, keep_llm, llm))


def _without_files(values: Mapping[str, Any]) -> SavedModel:
    """Return the resolved model without the files it will bring, which do not exist yet."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: plain(v) for k, v in value.items() if not is_asset(v)}
        return value

    return parse_saved_model(plain(values), where="Import")


def _check_output(output: Path) -> None:
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CheckpointError(
            f"{output} exists already and is not an empty folder. Choose another name, or remove "
            "it first."
        )


def _check_llm(found: Mapping[str, StoredTensor], keep_llm: bool) -> None:
    if keep_llm and not found:
        raise CheckpointError(
            "The checkpoint holds no language model: no tensor begins with "
            f"'{PREFIXES[THINKER]}'. It was frozen in training, so its publisher's copy is as "
            "good: add --no-llm-weights (and --llm FOLDER where it lies on this machine)."
        )


def _write_parts(
    folder: Path,
    parts: Mapping[str, Mapping[str, StoredTensor]],
    expected: Mapping[str, Mapping[str, Any]],
    on_component: OnComponent | None,
) -> dict[str, str]:
    hashes = {}
    for component, part in parts.items():
        if not part:
            continue
        entries = {
            # The language model keeps its precision; all else is float32, as the release loads it.
            name: Entry(
                stored.dtype if component == THINKER else expected[component][name].dtype,
                stored.shape,
                stored.read,
            )
            for name, stored in part.items()
        }
        if on_component is not None:
            on_component(component, sum(entry.nbytes for entry in entries.values()))
        hashes[component] = write_safetensors(folder / f"{component}{SUFFIX}", entries)
    return hashes


def _write_assets(
    folder: Path,
    files: PublishedFiles,
    model: AudioOmniModel,
    assets: Assets,
    on_component: OnComponent | None,
) -> dict[str, str]:
    """Write what lies beside the components; return the hashes of tensor files."""
    hashes = {}
    if files.synchformer is not None:
        stored = files.synchformer_tensors()
        wanted = model.conditioners["sync_feature"].frozen_networks()["extractor"].state_dict()  # type: ignore[operator]
        named = {n.removeprefix(SYNCHFORMER_PREFIX): t for n, t in stored.items()}
        check_tensors({SYNCHFORMER: wanted}, {SYNCHFORMER: named}, [], str(files.synchformer))
        if on_component is not None:
            on_component(SYNCHFORMER, sum(t.numel * t.dtype.itemsize for t in named.values()))
        entries = {n: Entry(wanted[n].dtype, t.shape, t.read) for n, t in named.items()}
        path = folder / f"{SYNCHFORMER}{SUFFIX}"
        hashes[path.name] = write_safetensors(path, entries)
    shutil.copyfile(assets.vocabulary, folder / VOCABULARY)
    shutil.copyfile(files.config_path, folder / CONFIG)
    wording = release_wording(assets.constants)
    plain = {task: entry.model_dump(mode="json") for task, entry in wording.items()}
    write_text(folder / WORDING, json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    return hashes


def _state(
    files: PublishedFiles, hashes: Mapping[str, str], assets: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "step": 0,
        "sha256": dict(hashes),
        "assets_sha256": dict(assets),
        "licence": LICENCE,
        "source": f"{SOURCE} ({files.checkpoint.name}, {files.checkpoint.stat().st_size} bytes)",
    }


def _notes(files: PublishedFiles, keep_llm: bool, llm: str) -> tuple[str, ...]:
    notes = []
    if files.synchformer is None:
        notes.append(
            "no synchformer_state_dict.pth was found: the model makes everything but sound for "
            "video. Put it beside the checkpoint and import again"
        )
    if not keep_llm:
        notes.append(f"the language model's weights come from '{llm}' when the model is loaded")
    return tuple(notes)
