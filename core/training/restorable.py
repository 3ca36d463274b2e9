"""Whether a checkpoint could be restored here, told without reading a weight."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Catalog
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .elsewhere import not_here
from .restore import described_model
from .run_facts import pick_device


def check_restorable(path: Path, catalog: Catalog, device: str = "auto") -> LoadedCheckpoint:
    """Return the checkpoint that `restore_model` would restore, if nothing speaks against it.

    Its description is read, the headers of its files, and what its model names is looked for; that
    the weights are those that were saved shows when they are read.

    Args:
        path: the folder of a run or checkpoint.
        catalog: where the model's plugins are looked up.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….

    Raises:
        CheckpointError: if there is no checkpoint, a file of it is missing or cut off, or files
            that it names are not here (lists all of them).
        ConfigError: if the device is unknown or absent, or options do not fit this version.
        UnknownNameError: if a plugin that the model needs is not installed.
    """
    pick_device(device)
    checkpoint = load_checkpoint(path)
    lacking = not_here(described_model(checkpoint).model, catalog, checkpoint.path)
    if lacking is not None:
        raise lacking
    for component in checkpoint.hashes:
        checkpoint.shapes(component)
    return checkpoint
