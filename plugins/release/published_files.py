"""The files that the paper's authors published, found in a folder or named one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.errors import CheckpointError
from .layout import SYNCHFORMER_PREFIX
from .published_config import PublishedConfig, read_published_config
from .tensors import StoredTensor, open_tensors

CONFIG_NAME = "Audio-Omni.json"
CHECKPOINT_NAMES = ("model.safetensors", "model.ckpt")
SYNCHFORMER_NAMES = ("synchformer_state_dict.pth", "synchformer_state_dict.safetensors")
SUBFOLDERS = (Path(), Path("model"))
"""Where the release keeps its files: the folder that was named, or ``model/`` in it."""


@dataclass(frozen=True)
class PublishedFiles:
    """Paths of a published model.

    Attributes:
        config_path: ``Audio-Omni.json``.
        checkpoint: ``model.ckpt``, or ``model.safetensors``.
        synchformer: ``synchformer_state_dict.pth``, or `None` when it is not there.
    """

    config_path: Path
    checkpoint: Path
    synchformer: Path | None = None

    def config(self) -> PublishedConfig:
        """Return the checked config; raises ConfigError."""
        return read_published_config(self.config_path)

    def tensors(self) -> dict[str, StoredTensor]:
        """Return the checkpoint's tensors by their published keys; raises CheckpointError."""
        return open_tensors(self.checkpoint)

    def synchformer_tensors(self) -> dict[str, StoredTensor]:
        """Return the tensors of Synchformer's video branch; the file's other parts are left.

        Raises:
            CheckpointError: if the file is damaged, or has no such branch.
        """
        if self.synchformer is None:
            return {}
        found = {
            name: tensor
            for name, tensor in open_tensors(self.synchformer).items()
            if name.startswith(SYNCHFORMER_PREFIX)
        }
        if not found:
            raise CheckpointError(
                f"{self.synchformer} has no tensor that begins with '{SYNCHFORMER_PREFIX}'; "
                "expected the published synchformer_state_dict.pth."
            )
        return found


def find_published_files(folder: Path) -> PublishedFiles:
    """Return the files of a folder, or of its folder ``model``.

    Raises:
        CheckpointError: if the config or the checkpoint is missing; says where was looked.
    """
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder} is not a folder; expected the folder of the published {CONFIG_NAME} and "
            f"{CHECKPOINT_NAMES[1]}."
        )
    config = _first(folder, (CONFIG_NAME,))
    checkpoint = _first(folder, CHECKPOINT_NAMES)
    if config is None or checkpoint is None:
        absent = CONFIG_NAME if config is None else " or ".join(CHECKPOINT_NAMES)
        here = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
        raise CheckpointError(
            f"{folder} has no {absent}, and neither has {folder / 'model'}; it holds {here}. "
            "Download the published files into it."
        )
    return PublishedFiles(config, checkpoint, _first(folder, SYNCHFORMER_NAMES))


def files_beside(config: Path, checkpoint: Path) -> PublishedFiles:
    """Return two named files with the Synchformer that lies beside either of them."""
    for folder in (checkpoint.parent, config.parent):
        found = _first(folder, SYNCHFORMER_NAMES) if folder.is_dir() else None
        if found is not None:
            return PublishedFiles(config, checkpoint, found)
    return PublishedFiles(config, checkpoint)


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    for place in SUBFOLDERS:
        for name in names:
            if (folder / place / name).is_file():
                return folder / place / name
    return None
