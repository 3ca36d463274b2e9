"""Reading the trained weights of a codec, with a clear error for every way a file can be wrong."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from ...core.errors import CheckpointError
from ...core.training.checkpoint_files import check_tensors, refuse_pickles

ADVICE = "Give the codec the options that it was trained with, and only `encoder.…`, `decoder.…`."


def load_codec_weights(codec: nn.Module, path: Path) -> None:
    """Give a codec the weights of a safetensors file, as float32.

    They become the codec's own tensors, so that one built on the meta device is filled without a
    second copy.

    Raises:
        CheckpointError: if the file is missing, a pickle or damaged, or its names and shapes are
            not the codec's; lists what is missing, unexpected or of another shape.
    """
    if not path.is_file():
        raise CheckpointError(
            f"Codec weights {path} are not a file; expected a safetensors file. Correct `weights` "
            "in the codec's options, or leave it out for fresh weights."
        )
    refuse_pickles(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as failure:
        raise CheckpointError(
            f"Codec weights {path} cannot be read: {failure}. Expected a safetensors file: copy "
            "it again."
        ) from failure
    check_tensors(tensors, codec.state_dict(), f"Codec weights {path}: the file", ADVICE)
    floats = {name: tensor.to(torch.float32) for name, tensor in tensors.items()}
    codec.load_state_dict(floats, strict=True, assign=True)
