"""Reading the tensor files of a checkpoint, with a clear error for every way they can be wrong."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from ..errors import CheckpointError

PICKLE_SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle"})
ZIP_MAGIC, PICKLE_MAGIC = b"PK\x03\x04", b"\x80"
LISTED = 5


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_pickles(path: Path) -> None:
    """Raise if a path is a pickle, or a folder that holds pickles and no safetensors.

    Raises:
        CheckpointError: names the file and what to do.
    """
    if path.is_file() and _is_pickle(path):
        raise _refusal(path)
    if path.is_dir() and not any(path.glob("*.safetensors")):
        for file in sorted(path.iterdir()):
            if file.is_file() and file.suffix in PICKLE_SUFFIXES:
                raise _refusal(file)


def read_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Args:
        path: the file.
        sha256: hash of the file as it was saved.

    Raises:
        CheckpointError: if the file is missing, a pickle, truncated, or its hash differs.
    """
    with _sound(path):
        tensors = load_file(path)
    found = file_sha256(path)
    if found != sha256:
        raise CheckpointError(
            f"{path} is not the file that was saved: its sha256 is {found[:12]}…, expected "
            f"{sha256[:12]}…. Copy it again, or use another checkpoint."
        )
    return tensors


def read_header(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file without their values (on the meta device).

    Raises:
        CheckpointError: if the file is missing, a pickle, or truncated.
    """
    with _sound(path):
        return _shapes(path)


@contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Say what it means if a file of a checkpoint cannot be read."""
    if not path.is_file():
        beside = path.with_suffix(".pt")
        refuse_pickles(beside if beside.is_file() else path)
        raise CheckpointError(
            f"Checkpoint {path.parent} lacks {path.name}; it was saved with it. Copy the whole "
            "folder, or use another checkpoint."
        )
    refuse_pickles(path)
    try:
        yield
    except (SafetensorError, OSError, ValueError) as failure:
        raise CheckpointError(
            f"{path} is damaged: {failure}. Use an earlier checkpoint of the run."
        ) from failure


def read_weights(path: Path, who: str) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file that an option ``weights`` names, on the CPU.

    Args:
        path: the file.
        who: what the weights are for; opens messages.

    Raises:
        CheckpointError: if the file is missing, a pickle, or damaged.
    """
    with _named_by_option(path, who):
        return load_file(path)


def read_shapes(path: Path, who: str) -> dict[str, Tensor]:
    """Return the tensors that `read_weights` would, on the meta device: only the header is read.

    Raises:
        CheckpointError: as `read_weights`.
    """
    with _named_by_option(path, who):
        return _shapes(path)


@contextmanager
def _named_by_option(path: Path, who: str) -> Iterator[None]:
    """Say what it means if a file that an option names cannot be read."""
    if not path.is_file():
        raise CheckpointError(
            f"{who}: there is no file {path}; expected a safetensors file. Correct its option "
            "`weights`."
        )
    refuse_pickles(path)
    try:
        yield
    except (SafetensorError, OSError, ValueError) as failure:
        raise CheckpointError(
            f"{who}: {path} cannot be read ({failure}); expected a safetensors file. Copy it again."
        ) from None


def check_tensors(
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    where: str,
    advice: str = "Build the model from the recipe that lies beside the checkpoint.",
) -> None:
    """Raise unless two sets of tensors have the same names and shapes.

    Args:
        found: what a file holds, by name.
        expected: what the model needs.
        where: what the file is; opens the message.
        advice: what to do next; closes it.

    Raises:
        CheckpointError: lists the names that are missing, unexpected, or of another shape.
    """
    problems = []
    if missing := sorted(expected.keys() - found.keys()):
        problems.append(f"missing: {_listed(missing)}")
    if unexpected := sorted(found.keys() - expected.keys()):
        problems.append(f"unexpected: {_listed(unexpected)}")
    shapes = [
        f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in sorted(expected.keys() & found.keys())
        if found[name].shape != expected[name].shape
    ]
    if shapes:
        problems.append(f"other shapes: {_listed(shapes)}")
    if problems:
        raise CheckpointError(f"{where} does not fit this model; {'; '.join(problems)}. {advice}")


def _shapes(path: Path) -> dict[str, Tensor]:
    with safe_open(path, "np") as file:  # as "pt" it would reserve memory for the whole file
        return {
            name: torch.empty(file.get_slice(name).get_shape(), device="meta")
            for name in sorted(file.keys())
        }


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(9)
    # safetensors opens with 8 bytes of length, which may look like any magic, and then a brace.
    looks_pickled = head.startswith((ZIP_MAGIC, PICKLE_MAGIC)) and head[8:] != b"{"
    return path.suffix in PICKLE_SUFFIXES or looks_pickled


def _refusal(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is a pickle (PyTorch .pt, .ckpt or .bin), which can run code when it is loaded; "
        "it is refused. Expected safetensors files: convert it where you trust it."
    )


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + rest
