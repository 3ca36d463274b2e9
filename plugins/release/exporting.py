"""``audio-omni release export``: a model folder becomes the published files again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from ...core.errors import CheckpointError
from ...core.training.checkpoint import SUFFIX, load_checkpoint
from ...core.training.checkpoint_saving import folder_beside
from .importing import CONFIG
from .layout import PREFIXES, SYNCHFORMER, SYNCHFORMER_PREFIX, THINKER
from .tensors import StoredTensor, open_tensors
from .writing import Entry, write_checkpoint, write_safetensors

Format = Literal["ckpt", "safetensors"]


def export_release(
    model: Path,
    output: Path,
    *,
    format_: Format = "ckpt",
    on_file: Callable[[str, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write ``Audio-Omni.json``, the checkpoint, and Synchformer's file where the model has it.

    Args:
        model: a folder that `import_release` made.
        output: the folder to make; must not exist, or be empty.
        format_: ``"ckpt"`` gives ``model.ckpt`` and ``synchformer_state_dict.pth``;
            ``"safetensors"`` the same tensors in files that run no code.
        on_file: told the name and the bytes of each file before it is written.

    Returns:
        The files.

    Raises:
        CheckpointError: if the folder is no imported model, is damaged, or the disk is full.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CheckpointError(f"{output} exists already and is not an empty folder.")
    checkpoint = load_checkpoint(model)
    config = checkpoint.path / CONFIG
    if not config.is_file():
        raise CheckpointError(
            f"{checkpoint.path} has no {CONFIG}: it was not imported from the published files, "
            "whose config is part of them. Name a folder that 'audio-omni release import' made."
        )
    entries = _published_entries(checkpoint.path, checkpoint.hashes)
    sync = checkpoint.path / f"{SYNCHFORMER}{SUFFIX}"
    advice = "Free some space, or choose another folder, then export again."
    with folder_beside(output, stale=f"{output.name}-*", advice=advice) as folder:
        shutil.copyfile(config, folder / CONFIG)
        _write(folder, "model", entries, format_, on_file)
        if sync.is_file():
            found = {
                SYNCHFORMER_PREFIX + name: _entry(stored)
                for name, stored in open_tensors(sync).items()
            }
            _write(folder, "synchformer_state_dict", found, format_, on_file)
    return tuple(sorted(output.iterdir()))


def _published_entries(folder: Path, hashes: Mapping[str, str]) -> dict[str, Entry]:
    """Return all tensors by their published keys."""
    components = [name for name in hashes if name in PREFIXES]
    if (folder / f"{THINKER}{SUFFIX}").is_file():
        components.append(THINKER)
    return {
        PREFIXES[component] + name: _entry(stored)
        for component in components
        for name, stored in open_tensors(folder / f"{component}{SUFFIX}").items()
    }


def _entry(stored: StoredTensor) -> Entry:
    return Entry(stored.dtype, stored.shape, stored.read)


def _write(
    folder: Path,
    name: str,
    entries: Mapping[str, Entry],
    format_: Format,
    on_file: Callable[[str, int], None] | None,
) -> None:
    suffix = SUFFIX if format_ == "safetensors" else {"model": ".ckpt"}.get(name, ".pth")
    if on_file is not None:
        on_file(f"{name}{suffix}", sum(entry.nbytes for entry in entries.values()))
    if format_ == "safetensors":
        write_safetensors(folder / f"{name}{suffix}", entries)
    else:
        write_checkpoint(folder / f"{name}{suffix}", entries, nested=name == "model")
