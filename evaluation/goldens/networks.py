"""CNN14 and VGGish with the weights of a golden file's recipe."""

from __future__ import annotations

import torch

from ..embedders.cnn14 import Cnn14, Rate
from ..embedders.vggish import COMPONENTS, Principal, Vggish
from .seeded_weights import seeded_weights


def seeded_cnn14(rate: Rate, seed: int, dtype: torch.dtype = torch.float32) -> Cnn14:
    """Return a CNN14 that has learned nothing, always the same one; takes seconds."""
    return Cnn14(rate, seeded_weights(Cnn14.shapes(), seed), dtype=dtype)


def seeded_vggish(seed: int, dtype: torch.dtype = torch.float32) -> Vggish:
    """Return a VGGish that has learned nothing, always the same one; takes seconds."""
    return Vggish(seeded_weights(Vggish.shapes(), seed), dtype=dtype)


def seeded_principal(seed: int) -> Principal:
    """Return principal components of no data, always the same ones."""
    return Principal(seeded_weights(COMPONENTS, seed))
