"""``audio-omni metrics convert``: a published pickle becomes a safetensors file, once.

Only tensors and arrays are read from the pickle; nothing in it is run. The network itself says
which weights it takes, so that a file that was written can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from ...core.errors import CheckpointError
from ...core.training.checkpoint_files import file_sha256
from .cnn14 import Cnn14, learned
from .cnn14_front_end import FRONT_ENDS, stored_front_end
from .pickles import read_pickle
from .published import PUBLISHED, published_as
from .synchformer.network import VIDEO_BRANCH, Synchformer
from .vggish import EIGEN_VECTORS, MEANS, Principal, Vggish
from .weights import FILE_FORMAT, default_place

LIBRARY, LIBRARY_FILE = "transformers", "pytorch_model.bin"
"""What networks of the library transformers are called in a folder, as pickles."""


WRAPPED = "module."
"""What names begin with where several devices trained a network."""


@dataclass(frozen=True)
class Converted:
    """What a conversion made.

    Attributes:
        network: whose weights they are; ``"transformers"``: one of that library's.
        output: the file.
        tensors: how many it holds.
        dropped: names in the pickle that nothing needs.
        sha256: of the published file.
        as_published: whether its digest is that of the published file; `None` where none is known.
    """

    network: str
    output: Path
    tensors: int
    dropped: tuple[str, ...]
    sha256: str
    as_published: bool | None


def convert_checkpoint(
    checkpoint: Path,
    output: Path | None = None,
    *,
    network: str | None = None,
    components: Path | None = None,
) -> Converted:
    """Write the weights of a published checkpoint as safetensors.

    Args:
        checkpoint: the pickle, for example ``Cnn14_16k_mAP=0.438.pth``, or ``pytorch_model.bin``
            of a folder of transformers.
        output: the file to write; left out, the network's own in ``AUDIO_OMNI_EMBEDDERS``.
        network: a name in `PUBLISHED`; left out, the weights tell.
        components: VGGish's second file, of principal components.

    Raises:
        CheckpointError: if the file is missing, holds more than tensors and arrays, or is no
            checkpoint of a known network; lists what is missing, unexpected or misshapen.
    """
    read = read_pickle(checkpoint)
    if checkpoint.name == LIBRARY_FILE and network is None:
        return _as_library(checkpoint, output or checkpoint.with_name("model.safetensors"), read)
    tensors, beside = _weights_in(read)
    network = network or _recognised(tensors, checkpoint)
    published = published_as(network)
    output = output or default_place(network)
    if components is not None:
        tensors = {**tensors, **_components(components)}
    kept = _checked(network, tensors, str(checkpoint))
    dropped = (*beside, *sorted(tensors.keys() - kept.keys()))
    sha256 = file_sha256(checkpoint)
    meta = {"format": FILE_FORMAT, "network": network, "source": published.file}
    output.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, output, metadata={**meta, "source_sha256": sha256})
    known = published.matches(checkpoint)
    return Converted(network, output, len(kept), dropped, sha256, known)


def _as_library(checkpoint: Path, output: Path, read: Mapping[str, Any]) -> Converted:
    """Write a network of transformers as that library would; it checks names when it loads."""
    tensors = {name: value for name, value in read.items() if isinstance(value, Tensor)}
    kept = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    output.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, output, metadata={"format": "pt"})
    dropped = tuple(sorted(read.keys() - kept.keys()))
    return Converted(LIBRARY, output, len(kept), dropped, file_sha256(checkpoint), None)


def _weights_in(read: Mapping[str, Any]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Return the tensors, and the names of what lies beside them."""
    below = read.get("model")
    inner = below if isinstance(below, Mapping) else read
    beside = sorted(read.keys() - {"model"}) if inner is below else []
    tensors = {
        name: torch.as_tensor(value)
        for name, value in inner.items()
        if isinstance(value, Tensor | np.ndarray)
    }
    named = tensors
    if tensors and all(name.startswith(WRAPPED) for name in tensors):
        named = {name.removeprefix(WRAPPED): tensor for name, tensor in tensors.items()}
    return named, (*beside, *sorted(inner.keys() - tensors.keys()))


def _recognised(tensors: Mapping[str, Tensor], checkpoint: Path) -> str:
    if "features.0.weight" in tensors:
        return "vggish"
    if any(name.startswith(VIDEO_BRANCH) for name in tensors):
        return "synchformer"
    for rate, front_end in FRONT_ENDS.items():
        stored = {name: t.shape for name, t in stored_front_end(front_end).items()}
        if all(name in tensors and tensors[name].shape == stored[name] for name in stored):
            return f"cnn14_{rate}"
    if "fc_audioset.weight" in tensors:
        raise CheckpointError(
            f"{checkpoint} is a CNN14 without its front end, which tells 16 kHz from 32 kHz. Name "
            "it: --network cnn14_16k or --network cnn14_32k."
        )
    raise CheckpointError(
        f"{checkpoint} is none of the known checkpoints: "
        + ", ".join(f"{own.file} ({own.record})" for own in PUBLISHED.values())
        + "."
    )


def _components(path: Path) -> dict[str, Tensor]:
    """Return VGGish's principal components under their names in its module."""
    found, _ = _weights_in(read_pickle(path))
    named = {f"pproc.{name.removeprefix('pproc.')}": tensor for name, tensor in found.items()}
    if MEANS in named:
        named[MEANS] = named[MEANS].reshape(-1, 1)
    Principal(named, where=str(path))
    return {name: named[name].float() for name in (EIGEN_VECTORS, MEANS)}


def _checked(network: str, tensors: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """Return the tensors that the network takes, once it has taken them."""
    if network == "vggish":
        Vggish(tensors, where=where)
        return {name: tensor.contiguous() for name, tensor in tensors.items()}
    if network == "synchformer":
        Synchformer(tensors, where=where)
        return {name: tensor.contiguous() for name, tensor in tensors.items()}
    Cnn14("16k" if network == "cnn14_16k" else "32k", tensors, where=where)
    return {name: tensor.contiguous() for name, tensor in learned(tensors).items()}
