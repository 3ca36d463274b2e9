"""The trained weights of a codec, from a file that its options name."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from ...core.training.checkpoint_files import check_tensors, read_weights

ADVICE = "Give the codec the options that it was trained with, and only `encoder.…`, `decoder.…`."


def load_codec_weights(codec: nn.Module, path: Path) -> None:
    """Give a codec the weights of a safetensors file, as float32.

    They become the codec's own tensors, so that one built on the meta device is filled without a
    second copy.

    Raises:
        CheckpointError: if the file is missing, a pickle or damaged, or its names and shapes are
            not the codec's; lists what is missing, unexpected or of another shape.
    """
    tensors = read_weights(path, "Codec weights")
    check_tensors(tensors, codec.state_dict(), f"Codec weights {path}: the file", ADVICE)
    floats = {name: tensor.to(torch.float32) for name, tensor in tensors.items()}
    codec.load_state_dict(floats, strict=True, assign=True)
