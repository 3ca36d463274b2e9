"""Checkpoints on disk: one safetensors file per component beside the resolved recipe.

``RUN/checkpoints/step-00000020/`` holds ``<component>.safetensors`` (``dit``,
``conditioner-<name>``, ``ema``, ``optimizer``), ``recipe.yaml`` and ``state.json``. A folder of
that name is always complete, see `checkpoint_saving`. Where tensors are spread over processes,
their files lie in ``shards/``, see `spread_files`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from ..errors import CheckpointError
from .checkpoint_files import (
    check_tensors,
    read_header,
    read_tensors,
    refuse_pickles,
)

FORMAT_VERSION, SPREAD_VERSION = 1, 2
SHARDS = "shards"
"""Where the state of a spread checkpoint lists its files, and the folder that they lie in."""

CHECKPOINTS = "checkpoints"
STATE, RECIPE = "state.json", "recipe.yaml"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A checkpoint folder whose description was read; tensors are read when asked for.

    Attributes:
        path: the folder.
        step: optimiser steps taken.
        state: what was saved beside the tensors, for example ``mixture`` and ``elapsed_s``.
        recipe_yaml: the resolved recipe as it was saved.
        hashes: component to the sha256 of its file.
    """

    path: Path
    step: int
    state: Mapping[str, Any]
    recipe_yaml: str
    hashes: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Return one hash of all components, for provenance."""
        listed = "".join(f"{name} {self.hashes[name]}\n" for name in sorted(self.hashes))
        return hashlib.sha256(listed.encode()).hexdigest()

    @property
    def recipe(self) -> dict[str, Any]:
        """Return the raw values of the recipe.

        Raises:
            CheckpointError: if it is no longer a YAML mapping.
        """
        try:
            values = yaml.safe_load(self.recipe_yaml)
        except yaml.YAMLError as failure:
            values = str(failure)
        if not isinstance(values, dict):
            raise CheckpointError(
                f"Checkpoint {self.path} is damaged: {RECIPE} is not the mapping that was saved "
                f"(got {values!r:.200}). Use an earlier checkpoint of the run."
            )
        return values

    def saved(self, key: str) -> Any:
        """Return a value of the state that a resume needs.

        Raises:
            CheckpointError: if it is not there.
        """
        if key not in self.state:
            raise CheckpointError(
                f"Checkpoint {self.path} cannot be resumed: {STATE} lacks '{key}'. Use an earlier "
                "checkpoint of the run."
            )
        return self.state[key]

    def tensors(self, component: str) -> dict[str, Tensor]:
        """Return the tensors of a component, on the CPU.

        Raises:
            CheckpointError: if the file is missing, damaged, or not what was saved.
        """
        self._expect(component)
        if SHARDS in self.state:
            from .spread_files import read_parts

            return read_parts(self.path / SHARDS, component, self.state[SHARDS])
        return read_tensors(self.path / f"{component}{SUFFIX}", self.hashes[component])

    def shapes(self, component: str) -> dict[str, Tensor]:
        """Return the tensors of a component without their values (on the meta device).

        Raises:
            CheckpointError: if there is no such component, or its file is missing or cut off.
        """
        self._expect(component)
        if SHARDS in self.state:
            from .spread_files import shapes_of

            return shapes_of(self.path / SHARDS, component)
        return read_header(self.path / f"{component}{SUFFIX}")

    def _expect(self, component: str) -> None:
        if component not in self.hashes:
            raise CheckpointError(
                f"Checkpoint {self.path} has no component '{component}'; it holds "
                f"{', '.join(sorted(self.hashes)) or 'none'}. It belongs to another model."
            )

    def fill(self, component: str, targets: Mapping[str, Tensor]) -> None:
        """Copy the tensors of a component into given ones, which may be spread over processes.

        Raises:
            CheckpointError: as `tensors`; or if names or shapes differ.
        """
        where = f"'{component}' of {self.path}"
        if SHARDS in self.state and component in self.hashes:
            from .spread_files import read_parts, shapes_of

            check_tensors(shapes_of(self.path / SHARDS, component), targets, where)
            read_parts(self.path / SHARDS, component, self.state[SHARDS], into=targets)
            return
        from .sharding import fill

        found = self.tensors(component)
        check_tensors(found, targets, where)
        for name, tensor in targets.items():
            fill(tensor, found[name])


def checkpoint_name(step: int) -> str:
    """Return the folder name of a step: ``step-00000020``."""
    return f"step-{step:08d}"


def load_checkpoint(path: Path) -> LoadedCheckpoint:
    """Read the description of a checkpoint; accepts a run folder or a checkpoint folder.

    Raises:
        CheckpointError: if there is none, or it is damaged, of an unknown version, or a pickle.
    """
    folder = resolve_checkpoint(path)
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        recipe_yaml = (folder / RECIPE).read_text(encoding="utf-8")
        version, step, hashes = state["format_version"], int(state["step"]), dict(state["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise CheckpointError(
            f"Checkpoint {folder} is damaged: {STATE} or {RECIPE} cannot be read ({failure}). "
            "Use an earlier checkpoint of the run."
        ) from failure
    if version not in (FORMAT_VERSION, SPREAD_VERSION):
        raise CheckpointError(
            f"Checkpoint {folder} has format version {version}; this version of audio-omni reads "
            f"{FORMAT_VERSION} and {SPREAD_VERSION}. Use the version that wrote it."
        )
    return LoadedCheckpoint(folder, step, state, recipe_yaml, hashes)


def latest_checkpoint(run_dir: Path) -> Path | None:
    """Return the folder of the run's latest checkpoint, or `None` when there is none."""
    found = checkpoints_in(run_dir / CHECKPOINTS)
    return found[-1] if found else None


def resolve_checkpoint(path: Path) -> Path:
    """Return the checkpoint folder that a path means: itself, or the latest of a run.

    Raises:
        CheckpointError: if the path holds no checkpoint, or one in a format that is refused.
    """
    refuse_pickles(path)
    if not path.exists():
        raise CheckpointError(f"{path} does not exist; expected a run or checkpoint folder.")
    if path.is_file():
        raise CheckpointError(f"{path} is a file; expected a run folder or a checkpoint folder.")
    if (path / STATE).is_file():
        return path
    found = latest_checkpoint(path)
    if found is None:
        raise CheckpointError(
            f"{path} holds no checkpoint; expected {STATE} in it, or folders like "
            f"{CHECKPOINTS}/{checkpoint_name(20)}/. Has the run saved one yet?"
        )
    return found


def checkpoints_in(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, the earliest first."""
    return sorted(p for p in folder.glob("step-*") if (p / STATE).is_file())
