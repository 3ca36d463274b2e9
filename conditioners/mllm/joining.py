"""Several conversations as one batch for the language model.

Shapes: B batch, T tokens, M mel bins, F frames of mel features, P patches of video.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .media import Inputs

LABELS = "labels"
IGNORED = -100
"""Label of a token that is not learned."""


def join_inputs(items: Sequence[Inputs], pad_id: int) -> dict[str, Tensor]:
    """Return the inputs of B conversations side by side, padded on the right.

    The language model finds whose audio and video is whose by the marks in the token ids, in the
    order of the batch; a conversation without a medium has no row in that medium's features.

    Args:
        items: token ids (1, T_i) with mask and labels, and features of audio and video.
        pad_id: token to pad with.

    Returns:
        Token ids, mask and labels (B, T), ``input_features`` (B_audio, M, F) with their mask, and
        all videos' patches (P, …) with their grids.
    """
    padding = {"input_ids": pad_id, LABELS: IGNORED}
    batch = {
        name: _stack([item[name] for item in items], padding.get(name, 0))
        for name in ("input_ids", "attention_mask", LABELS)
    }
    for name in ("input_features", "feature_attention_mask"):
        if heard := [item[name] for item in items if name in item]:
            batch[name] = _stack(heard, 0)
    for name in ("pixel_values_videos", "video_grid_thw", "video_second_per_grid"):
        if seen := [item[name] for item in items if name in item]:
            batch[name] = torch.cat(seen)
    return batch


def without_padding(inputs: Inputs) -> dict[str, Tensor]:
    """Return inputs whose mel features (1, M, F) end with the clip, not with the longest one."""
    mask = inputs.get("feature_attention_mask")
    if mask is None:
        return dict(inputs)
    frames = int(mask.sum())
    kept = {
        "input_features": inputs["input_features"][..., :frames].clone(),
        "feature_attention_mask": mask[..., :frames].clone(),
    }
    return {**inputs, **kept}


def _stack(rows: Sequence[Tensor], value: int) -> Tensor:
    longest = max(int(row.shape[-1]) for row in rows)
    return torch.cat(
        [functional.pad(row, (0, longest - int(row.shape[-1])), value=value) for row in rows]
    )
