"""Whether a published network is whole on this machine, without fetching or loading it."""

from __future__ import annotations

import json
from pathlib import Path

CONFIG, INDEX, SINGLE = "config.json", "model.safetensors.index.json", "model.safetensors"


def hub_problem(name: str, revision: str | None = None, *, weights: bool = True) -> str | None:
    """Return what is missing of a network; `None` if it is whole.

    Args:
        name: a folder, or a name on the hub, whose cache is looked into.
        revision: commit, tag or branch.
        weights: whether its own weights are needed, not only what describes it.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        cached = _cached(name, revision)
        if cached is None:
            return "there is no such folder, and it is not in the hub cache"
        folder = cached
    return _missing_in(folder, weights)


def _cached(name: str, revision: str | None) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, OSError):
        return None


def _missing_in(folder: Path, weights: bool) -> str | None:
    if not (folder / CONFIG).is_file():
        return f"{folder} lacks {CONFIG}"
    if not weights or (folder / SINGLE).is_file():
        return None
    if not (folder / INDEX).is_file():
        return f"{folder} lacks {SINGLE} and {INDEX}"
    try:
        shards = set(
            json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values()
        )
    except (OSError, ValueError, KeyError, AttributeError):
        return f"{folder / INDEX} cannot be read"
    missing = sorted(shard for shard in shards if not (folder / shard).is_file())
    if not missing:
        return None
    return f"{folder} lacks {len(missing)} of {len(shards)} files of weights, such as {missing[0]}"
