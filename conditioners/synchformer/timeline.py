"""Features of overlapping segments, brought to one timeline on which every moment comes once.

Shapes: S segments, F = 8 features of each, T features in the order of time, W their width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.models.synchformer.extractor import Extractor, extract
from ...core.models.synchformer.segments import FEATURES_PER_SEGMENT, FRAMES_PER_PATCH
from .segments import FEATURES_PER_STEP, feature_count, frames_to_add


def extract_in_time(extractor: Extractor, frames: Tensor, *, segments_per_batch: int) -> Tensor:
    """Return features (T, W) float32 that share the length of a video equally, in order.

    Feature k of T is about the time from k / T to (k + 1) / T of the frames' own length. The last
    frame is held up to the end of the last segment, and what is said of that is left out.

    Their mean over the video is taken off: it is about what stays the same, and would outweigh
    what moves ten times over. A video that stands still is left with zeros.

    Args:
        extractor: the network.
        frames: (N, 3, P, P) uint8 at 25 per second, one or more; T = ceil(N / 2).
        segments_per_batch: how many segments go through at a time; a matter of memory.
    """
    held = frames[-1:].expand(frames_to_add(len(frames)), -1, -1, -1)
    features = extract(extractor, torch.cat([frames, held]), segments_per_batch=segments_per_batch)
    merged = merge_segments(features.unflatten(0, (-1, FEATURES_PER_SEGMENT)))
    timed = spread(merged, len(frames))
    return timed - timed.mean(dim=0)


def merge_segments(features: Tensor) -> Tensor:
    """Return (4 S + 4, W), the mean of all that features (S, F, W) say of each two frames."""
    segments, _, width = features.shape
    count = (segments - 1) * FEATURES_PER_STEP + FEATURES_PER_SEGMENT
    total, times = features.new_zeros(count, width), features.new_zeros(count, 1)
    for i, segment in enumerate(features):
        at = slice(i * FEATURES_PER_STEP, i * FEATURES_PER_STEP + FEATURES_PER_SEGMENT)
        total[at] += segment
        times[at] += 1
    return total / times


def spread(features: Tensor, frames: int) -> Tensor:
    """Return (T, W) for a video of so many frames, of one feature for each two frames.

    An odd count ends in half of two frames. To let T features share the length equally, all
    move by less than half of their distance, on straight lines between neighbours.
    """
    count = feature_count(frames, "seconds")
    wanted = (torch.arange(count) + 0.5) * frames / FRAMES_PER_PATCH / count - 0.5
    wanted = wanted.clamp(min=0)  # by the first middle there is nothing earlier to move towards
    left = wanted.long()
    right = (left + 1).clamp(max=len(features) - 1)
    weight = (wanted - left)[:, None].to(features)
    return torch.lerp(features[left], features[right], weight)
