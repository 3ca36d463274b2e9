"""Latents of one batch, padded to a common length. Shapes: B batch, D width, T frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import DataError
from .records import EncodedExample


@dataclass(frozen=True)
class LatentBatch:
    """Latents side by side.

    Attributes:
        latent: (B, D, T) float32, zero where padded.
        frame_mask: (B, T) bool, true where a frame is real.
    """

    latent: Tensor
    frame_mask: Tensor


def pad_latents(examples: Sequence[EncodedExample]) -> LatentBatch:
    """Return the latents (D, T) of the examples as (B, D, T_max), with their mask.

    Raises:
        DataError: for an empty batch, an example without a latent, or widths that differ.
    """
    if not examples:
        raise DataError("Got an empty batch; expected at least one example.")
    latents = [_latent(example) for example in examples]
    widths = {int(latent.shape[0]) for latent in latents}
    if len(widths) > 1:
        raise DataError(
            f"Got latents of widths {sorted(widths)} in one batch; expected one width. A cache "
            "of another codec may be in use: remove it."
        )
    lengths = torch.tensor([latent.shape[1] for latent in latents])
    longest = int(lengths.max())
    stacked = torch.stack([functional.pad(x, (0, longest - x.shape[1])) for x in latents])
    return LatentBatch(stacked, torch.arange(longest)[None] < lengths[:, None])


def _latent(example: EncodedExample) -> Tensor:
    if example.latent is None:
        raise DataError(
            f"Example '{example.key}' of task '{example.task}' has no latent; training needs "
            "rows with target audio."
        )
    return example.latent.float()
