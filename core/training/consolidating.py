"""Any checkpoint as one safetensors file per component, whoever wrote it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from torch import Tensor

from ..errors import CheckpointError
from .checkpoint import SHARDS, SUFFIX, LoadedCheckpoint, load_checkpoint
from .checkpoint_saving import write_checkpoint
from .learner import OPTIMIZER
from .weights import EMA, averaged_tensors

DESCRIPTIONS = frozenset({"sha256", SHARDS})
"""What of a checkpoint's state is about its own files."""

Read = Callable[[str], Mapping[str, Tensor]]


class Lazily(Mapping[str, Mapping[str, Tensor]]):
    """Components that are read when they are asked for, so that one at a time is in memory."""

    def __init__(self, names: list[str], read: Read) -> None:
        """Keep names, and what reads the tensors of one."""
        self.names = names
        self.read = read

    def __getitem__(self, name: str) -> Mapping[str, Tensor]:
        """Return the tensors of a component."""
        if name not in self.names:
            raise KeyError(name)
        return self.read(name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return how many components there are."""
        return len(self.names)


def consolidate(path: Path, folder: Path, *, weights_only: bool = False) -> Path:
    """Write a checkpoint whose tensors lie together, one file for each component.

    Args:
        path: folder of a run (its latest checkpoint is taken) or of a checkpoint, which may be
            spread over the files of several processes.
        folder: what to write: it is read as a run is.
        weights_only: take the averaged weights alone, without what a training needs to go on.

    Returns:
        The folder.

    Raises:
        CheckpointError: if there is no sound checkpoint, or it cannot be written, or the folder
            exists.
    """
    if folder.exists():
        raise CheckpointError(f"{folder} exists; choose another folder, or remove it.")
    source = load_checkpoint(path)
    names = sorted(source.hashes)
    read: Read = source.tensors
    if weights_only:
        names = [name for name in names if name not in (EMA, OPTIMIZER)]
        read = averaged_tensors(source)
    written = write_checkpoint(
        folder,
        source.step,
        Lazily(names, read),
        recipe_yaml=source.recipe_yaml,
        state=own_state(source),
        keep=1,
    )
    copy_assets(source, written)
    return folder


def own_state(source: LoadedCheckpoint) -> dict[str, object]:
    """Return what a checkpoint's state says of the run, not of its files."""
    return {key: value for key, value in source.state.items() if key not in DESCRIPTIONS}


def copy_assets(source: LoadedCheckpoint, folder: Path) -> None:
    """Copy the files that a checkpoint's config names."""
    for file in source.path.iterdir():
        if file.is_file() and file.suffix != SUFFIX and not (folder / file.name).exists():
            shutil.copy2(file, folder / file.name)
