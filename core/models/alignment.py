"""Linear interpolation of each item's tokens onto its own number of frames.

Shapes: B batch, T_al tokens, T frames, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor


def align_to_frames(
    tokens: Tensor, token_counts: Tensor | None, frame_counts: Tensor | None, frames: int
) -> Tensor:
    """Return tokens resampled to frames; padding of neighbours in the batch never leaks in.

    Frame f of n sits at token (f + ½) · m / n − ½ of m, held at both ends (the same rule as
    `torch.nn.functional.interpolate` with ``align_corners=False``), but m and n are per item.

    Args:
        tokens: (B, T_al, D).
        token_counts: (B,) number m of valid tokens, which come first; `None` when all are.
        frame_counts: (B,) number n of valid frames, which come first; `None` when all are.
        frames: length T of the result; frames past an item's n hold its last value.

    Returns:
        (B, T, D).
    """
    available = tokens.shape[1]
    if token_counts is None and frame_counts is None and available == frames:
        return tokens
    left, right, weight = _neighbours(
        _column(token_counts, available, tokens), _column(frame_counts, frames, tokens), frames
    )
    if left.shape[0] == 1:  # all items alike: no gather per item
        a, b = tokens[:, left[0]], tokens[:, right[0]]
    else:
        rows = torch.arange(tokens.shape[0], device=tokens.device)[:, None]
        a, b = tokens[rows, left], tokens[rows, right]
    return torch.lerp(a, b, weight[..., None].to(tokens.dtype))


def _column(counts: Tensor | None, default: int, like: Tensor) -> Tensor:
    if counts is None:
        return torch.full((1, 1), default, device=like.device)
    return counts.clamp(min=1)[:, None]


def _neighbours(m: Tensor, n: Tensor, frames: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the tokens left and right of every frame, and the weight of the right one."""
    frame = torch.arange(frames, device=m.device).minimum(n - 1)
    # Whole numbers until the division: the same frame gets the same weight in any batch.
    position = ((2 * frame + 1) * m - n).float() / (2 * n).float()
    position = position.clamp(min=0).minimum((m - 1).float())
    left = position.floor().long()
    return left, torch.minimum(left + 1, m - 1), position - left
