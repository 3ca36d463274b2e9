"""Where the files of a checkpoint lie, and the hash of its weights."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

from .installed import Unusable


def folder_of(model: str, revision: str | None) -> Path:
    """Return the folder of a checkpoint; what is on the hub is fetched first.

    Args:
        model: a folder, or a name on the hub.
        revision: commit or branch on the hub; `None` for its main branch.
    """
    if Path(model).is_dir():
        return Path(model)
    hub = importlib.import_module("huggingface_hub")
    return Path(hub.snapshot_download(model, revision=revision))


def sha256_of(folder: Path, name: str) -> str:
    """Return the SHA-256 of the weights of a checkpoint, as the hub shows it.

    Raises:
        Unusable: if the folder has no such file.
    """
    path = folder / name
    if not path.is_file():
        has = ", ".join(sorted(one.name for one in folder.iterdir())) or "nothing"
        raise Unusable(
            f"The checkpoint '{folder.name}' has no {name}; it has {has}. Set 'model' to a name on "
            "the hub, or to a folder with all files of it."
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
