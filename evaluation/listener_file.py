"""Small listening networks as files: weights and what they know, as safetensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..core.errors import CheckpointError


def digest_of(model: nn.Module, knows: Sequence[str]) -> str:
    """Return twelve hexadecimal digits that identify weights and what a network knows."""
    sha = hashlib.sha256(json.dumps(list(knows)).encode())
    for name, tensor in sorted(model.state_dict().items()):
        sha.update(name.encode() + tensor.numpy().tobytes())
    return sha.hexdigest()[:12]


def save_listener(path: Path, model: nn.Module, format_: str, knows: Sequence[str]) -> None:
    """Write a network's weights, with what it knows (its labels) in the header."""
    meta = {"format": format_, "labels": json.dumps(list(knows))}
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, path, metadata=meta)


def load_listener(path: Path, format_: str, who: str) -> tuple[list[str], dict[str, Tensor]]:
    """Return what a network knows, and its weights.

    Raises:
        CheckpointError: if the file is no safetensors file, or of another format.
    """
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as failure:
        raise CheckpointError(f"Cannot read {who} from '{path}': {failure}.") from failure
    if meta.get("format") != format_:
        raise CheckpointError(
            f"'{path}' has format {meta.get('format')!r}; expected {format_!r}, a file written "
            f"by {who}.save()."
        )
    return json.loads(meta["labels"]), tensors
