"""How checkpoints are written: into a folder beside, synced, and then renamed; older ones go."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointError
from .checkpoint import (
    CHECKPOINTS,
    FORMAT_VERSION,
    RECIPE,
    SHARDS,
    SPREAD_VERSION,
    STATE,
    SUFFIX,
    checkpoint_name,
    checkpoints_in,
)
from .checkpoint_files import file_sha256, sync

PARTIAL = ".partial-"

Copies = Mapping[str, Mapping[str, Tensor]]
"""Component to its tensors by name, as `copied` makes them."""


def save_checkpoint(
    run_dir: Path,
    step: int,
    components: Mapping[str, Mapping[str, Tensor]],
    *,
    recipe_yaml: str,
    state: Mapping[str, Any],
    keep: int = 3,
) -> Path:
    """Write a checkpoint and return its folder; older ones beyond ``keep`` are removed.

    Args:
        run_dir: folder of the run.
        step: optimiser steps taken.
        components: component name to its tensors by name.
        recipe_yaml: the resolved recipe.
        state: further plain values (JSON) that a resume needs.
        keep: checkpoints to keep, this one included; at least 1.

    Raises:
        CheckpointError: if it cannot be written, for example because the disk is full. Nothing
            of it is left, and the previous checkpoint is intact.
    """
    own = copied(components)
    return write_checkpoint(run_dir, step, own, recipe_yaml=recipe_yaml, state=state, keep=keep)


def write_checkpoint(
    run_dir: Path,
    step: int,
    components: Copies,
    *,
    recipe_yaml: str,
    state: Mapping[str, Any],
    keep: int,
) -> Path:
    """Do what `save_checkpoint` does with tensors that `copied` returned."""
    with checkpoint_folder(run_dir, step) as partial:
        hashes = {
            name: _write_component(partial / f"{name}{SUFFIX}", tensors)
            for name, tensors in components.items()
        }
        describe(partial, step, recipe_yaml, state, hashes)
    folder = run_dir / CHECKPOINTS
    remove_older(folder, keep)
    return folder / checkpoint_name(step)


def checkpoint_folder(run_dir: Path, step: int) -> AbstractContextManager[Path]:
    """Return a block that gives a folder to fill; it becomes the step's when the block succeeds."""
    return folder_beside(
        run_dir / CHECKPOINTS / checkpoint_name(step),
        stale="*",
        advice="Earlier checkpoints are intact; free some space or choose another folder, then go "
        "on with --resume.",
    )


def describe(
    folder: Path,
    step: int,
    recipe_yaml: str,
    state: Mapping[str, Any],
    sha256: Mapping[str, str],
) -> None:
    """Write what lies beside a checkpoint's tensors."""
    write_text(folder / RECIPE, recipe_yaml)
    version = FORMAT_VERSION if SHARDS not in state else SPREAD_VERSION
    described = {**state, "format_version": version, "step": step, "sha256": dict(sha256)}
    write_text(folder / STATE, json.dumps(described, indent=2) + "\n")


@contextmanager
def folder_beside(final: Path, *, stale: str, advice: str) -> Iterator[Path]:
    """Give a folder to fill; rename it to ``final`` when the body succeeds, else remove it.

    Args:
        final: where the folder belongs.
        stale: pattern of folders beside it to clear away, left by a process that was killed.
        advice: what to do when it cannot be written; ends the error.

    Raises:
        CheckpointError: if something cannot be written; what ``final`` held before is intact.
    """
    partial = final.with_name(f"{PARTIAL}{final.name}-{os.getpid()}")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        for left in final.parent.glob(f"{PARTIAL}{stale}"):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir()
        yield partial
        sync(partial)
        if final.exists():  # the same step again, after a resume
            final.rename(final.with_name(f"{PARTIAL}replaced-{final.name}"))
        partial.rename(final)
        sync(final.parent)
    except (OSError, SafetensorError) as failure:
        raise CheckpointError(
            f"Checkpoint {final} could not be written: {failure}. {advice}"
        ) from failure
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(final.with_name(f"{PARTIAL}replaced-{final.name}"), ignore_errors=True)


def copied(components: Mapping[str, Mapping[str, Tensor]]) -> Copies:
    """Return tensors as they are now, on the CPU, each in memory of its own as the format asks."""
    return {
        name: {
            key: value.detach().to("cpu", copy=True).contiguous() for key, value in tensors.items()
        }
        for name, tensors in components.items()
    }


def write_text(path: Path, text: str) -> None:
    """Write a file and see to it that it is on the disk."""
    path.write_text(text, encoding="utf-8")
    sync(path)


def remove_older(folder: Path, keep: int) -> None:
    """Remove all checkpoints in a folder but the last ``keep``."""
    for path in checkpoints_in(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)


def _write_component(path: Path, tensors: Mapping[str, Tensor]) -> str:
    save_file(dict(tensors), path)
    sync(path)
    return file_sha256(path)
