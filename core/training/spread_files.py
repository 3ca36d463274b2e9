"""Checkpoints whose tensors are spread over processes: each writes its own safetensors file.

PyTorch's distributed checkpoint (DCP) decides who writes what, and puts it together again for any
number of processes, or for none. A tensor is called ``<component>/<name>``.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import (
    HuggingFaceStorageReader,
    HuggingFaceStorageWriter,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from ..errors import CheckpointError
from .checkpoint_files import file_sha256

FOLDER = "shards"


def write_parts(
    folder: Path, components: Mapping[str, Mapping[str, Tensor]], group: Any
) -> list[Path]:
    """Write this process's parts; all processes of a group call it together.

    Args:
        folder: where all of them write; exists.
        components: component to its tensors by name, copied from the model.
        group: process group of the transport for plain numbers.

    Returns:
        The files of this process.

    Raises:
        CheckpointError: in all processes, if one of them cannot write.
    """
    flat = {
        f"{component}/{name}": tensor
        for component, tensors in components.items()
        for name, tensor in tensors.items()
    }
    writer = HuggingFaceStorageWriter(str(folder), save_distributed=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecations inside PyTorch
            save(flat, storage_writer=writer, process_group=group)
    except (CheckpointException, OSError) as failure:
        said = str(failure).strip() or repr(failure)
        raise CheckpointError(
            f"{folder} could not be written: {said.splitlines()[-1]}"
        ) from failure
    own = f"shard-{torch.distributed.get_rank(group) + 1:05d}-"
    return sorted(path for path in folder.glob("*.safetensors") if path.name.startswith(own))


def read_parts(
    folder: Path, component: str, files: Mapping[str, str], into: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Return the tensors of a component, whole and on the CPU, or filled into given ones.

    Args:
        folder: of the files.
        component: its name.
        files: file to its sha256, as they were saved.
        into: tensors to fill in place, which may be spread: only what is needed is read.

    Raises:
        CheckpointError: if a file is missing or is not what was saved.
    """
    verify(folder, tuple(sorted(files.items())))
    known = shapes_of(folder, component)
    wanted = (
        into
        if into is not None
        else {name: torch.empty_like(t, device="cpu") for name, t in known.items()}
    )
    flat = {f"{component}/{name}": tensor for name, tensor in wanted.items()}
    if flat:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="torch.distributed is disabled")
            load(flat, storage_reader=HuggingFaceStorageReader(str(folder)), no_dist=True)
    return dict(wanted)


def shapes_of(folder: Path, component: str) -> dict[str, Tensor]:
    """Return a component's tensors without their values (on the meta device)."""
    prefix = f"{component}/"
    found: Any = HuggingFaceStorageReader(str(folder)).read_metadata().state_dict_metadata
    return {
        key.removeprefix(prefix): torch.empty(
            entry.size, dtype=entry.properties.dtype, device="meta"
        )
        for key, entry in found.items()
        if key.startswith(prefix)
    }


def digest_of(component: str, files: Mapping[str, str]) -> str:
    """Return what stands for a component's hash: it is in all files of a checkpoint."""
    listed = "".join(f"{name} {files[name]}\n" for name in sorted(files))
    return hashlib.sha256(f"{component}\n{listed}".encode()).hexdigest()


@lru_cache(maxsize=16)
def verify(folder: Path, files: tuple[tuple[str, str], ...]) -> None:
    """Raise unless all files are there and are what was saved.

    Raises:
        CheckpointError: names the file.
    """
    for name, sha256 in files:
        path = folder / name
        if not path.is_file():
            raise CheckpointError(
                f"Checkpoint {folder.parent} lacks {FOLDER}/{name}; it was saved with it. Copy the "
                "whole folder, or use another checkpoint."
            )
        found = file_sha256(path)
        if found != sha256:
            raise CheckpointError(
                f"{path} is not the file that was saved: its sha256 is {found[:12]}…, expected "
                f"{sha256[:12]}…. Copy it again, or use another checkpoint."
            )
