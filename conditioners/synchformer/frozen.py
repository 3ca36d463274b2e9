"""The published extractor as a value: loaded once, never trained, shared by copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...core.models.synchformer.extractor import Extractor, ExtractorSizes, build_extractor
from ...core.training.checkpoint_files import check_tensors, read_weights

PREFIX = "vfeat_extractor."


@dataclass
class FrozenExtractor:
    """Holds the network where no module sees it as its own part.

    Attributes:
        network: in evaluation mode, without gradients, float32.
    """

    network: Extractor

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenExtractor:
        """Return itself: what never changes can be shared between copies."""
        return self


def load_extractor(path: str | Path, sizes: ExtractorSizes) -> FrozenExtractor:
    """Return the extractor of a safetensors file, on the CPU.

    Keys may stand below ``vfeat_extractor.``, as in the published file, whose other branches are
    then passed over; or without the prefix.

    Raises:
        CheckpointError: if the file is missing, damaged, a pickle, or of other sizes; lists names.
    """
    found = read_weights(Path(path), "Conditioner 'synchformer'")
    return extractor_of(found, sizes, str(path))


def extractor_of(
    tensors: Mapping[str, Tensor], sizes: ExtractorSizes, where: str
) -> FrozenExtractor:
    """Return the extractor of tensors, whose keys may stand below ``vfeat_extractor.``.

    Raises:
        CheckpointError: if they are of other sizes; lists names, and says ``where`` they are from.
    """
    below = {k.removeprefix(PREFIX): v for k, v in tensors.items() if k.startswith(PREFIX)}
    empty = empty_extractor(sizes)
    weights = below or tensors
    advice = (
        "Set `weights` to the video branch of Synchformer, or `patch`, `vit_width`, `vit_depth` "
        f"and `vit_heads` to its sizes; they are {sizes}."
    )
    who = f"Conditioner 'synchformer': {where}"
    check_tensors(weights, empty.network.state_dict(), who, advice)
    empty.network.load_state_dict({k: v.float() for k, v in weights.items()}, assign=True)
    return empty


def empty_extractor(sizes: ExtractorSizes) -> FrozenExtractor:
    """Return an extractor on the meta device: shapes, and no weights."""
    with torch.device("meta"):
        return FrozenExtractor(build_extractor(sizes).requires_grad_(False))
