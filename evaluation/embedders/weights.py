"""Finds and reads the converted weights of a frozen network, and says what to do without them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...core.data.content import content_digest
from ...core.errors import CheckpointError, ConfigError
from ...core.training.checkpoint_files import refuse_pickles
from .published import PUBLISHED

FOLDER_VARIABLE = "AUDIO_OMNI_EMBEDDERS"
FILE_FORMAT = "audio_omni.embedder.v1"
RANDOM = "random"
"""How the digest of weights begins that no file holds."""


@dataclass(frozen=True)
class Weights:
    """The weights of a network as they were read.

    Attributes:
        tensors: by name, on the CPU.
        path: the file.
        digest: 32 hexadecimal digits over names, shapes, types and values; the same for every
            file that holds the same weights.
    """

    tensors: Mapping[str, Tensor]
    path: Path

    @property
    def digest(self) -> str:
        """Return the digest of the tensors."""
        return content_digest(dict(self.tensors))


def read_weights(network: str, given: Path | None) -> Weights:
    """Return the weights of a published network.

    Args:
        network: a name in `PUBLISHED`.
        given: a converted file; left out: the one of its name in ``AUDIO_OMNI_EMBEDDERS``.

    Raises:
        ConfigError: if there is no file; says what to fetch, from where, and where to put it.
        CheckpointError: if it is a pickle, damaged, or of another network.
    """
    path = _find(network, given)
    refuse_pickles_of(path, network)
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as failure:
        raise CheckpointError(
            f"{path} cannot be read ({failure}); expected the weights of '{network}'. "
            f"{PUBLISHED[network].how_to_get(str(path.parent))} again."
        ) from failure
    written_for = meta.get("network", network)
    if written_for != network:
        raise CheckpointError(
            f"{path} holds the weights of '{written_for}'; expected those of '{network}'. Name "
            "the other file, or the other network."
        )
    return Weights(tensors, path)


def default_place(network: str) -> Path:
    """Return where the weights of a network are looked for, and are written to.

    Raises:
        ConfigError: if ``AUDIO_OMNI_EMBEDDERS`` names no folder.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        raise ConfigError(
            f"Got no file to write, and {FOLDER_VARIABLE} is not set. Name a file with "
            f"-o {PUBLISHED[network].converted}, or set {FOLDER_VARIABLE} to a folder."
        )
    return Path(folder) / PUBLISHED[network].converted


def refuse_pickles_of(path: Path, network: str) -> None:
    """Raise if a file is a pickle, and say how to convert it.

    Raises:
        CheckpointError: names the file and the command.
    """
    try:
        refuse_pickles(path)
    except CheckpointError as failure:
        raise CheckpointError(
            f"{failure} Here: `audio-omni metrics convert {path} -o {PUBLISHED[network].converted}`"
        ) from None


def random_digest(network: torch.nn.Module) -> str:
    """Return a digest that says that no published file stands behind a network's numbers."""
    return f"{RANDOM} {content_digest(dict(network.state_dict()))}"


def _find(network: str, given: Path | None) -> Path:
    published = PUBLISHED[network]
    folder = os.environ.get(FOLDER_VARIABLE)
    if given is not None:
        if given.is_file():
            return given
        looked = f"there is no file {given}, which option `weights` names"
    elif not folder:
        looked = f"neither option `weights` nor {FOLDER_VARIABLE} says where they are"
    elif (path := Path(folder) / published.converted).is_file():
        return path
    else:
        looked = f"{FOLDER_VARIABLE} has no {published.converted} ({folder})"
    raise ConfigError(
        f"Embedder '{network}' has no weights: {looked}. "
        f"{published.how_to_get(folder or 'FOLDER')}, and set {FOLDER_VARIABLE} to that folder "
        "(or the option `weights` to the file)."
    )
