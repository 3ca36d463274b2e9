"""What a video costs the extractor, counted by running it on tensors without values."""

from __future__ import annotations

import functools

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ...core.costs import ConditionerCost, ExampleShape
from ...core.models.synchformer.extractor import ExtractorSizes, build_extractor
from ...core.models.synchformer.segments import SEGMENT_FRAMES, segment_count
from ...core.payloads import VIDEO
from .config import SynchformerConfig
from .opening import extractor_sizes
from .segments import feature_count, frame_count, frames_to_add


def video_cost(config: SynchformerConfig, example: ExampleShape) -> ConditionerCost:
    """Return the tokens of a video or of none, and what the extractor does for a video."""
    is_mixed = config.timeline == "segments"
    if VIDEO not in example.fills:
        return ConditionerCost(tokens=config.tokens if is_mixed else 1)
    whole, width = config.read
    seen = frame_count(min(example.seconds, config.seconds))
    count = whole if is_mixed else feature_count(seen, "seconds")
    read = frame_count(config.seconds) if is_mixed else seen + frames_to_add(seen)
    return ConditionerCost(
        tokens=config.tokens if is_mixed else count,
        frozen_flop=float(segment_count(read) * segment_flop(extractor_sizes(config))),
        feature_numbers=count * width,
    )


@functools.cache
def segment_flop(sizes: ExtractorSizes) -> int:
    """Return the operations of the extractor for one segment."""
    with torch.device("meta"):
        network = build_extractor(sizes)
        segment = torch.empty(1, 3, SEGMENT_FRAMES, sizes.pixels, sizes.pixels)
    # Fused attention is not counted everywhere; the plain one is.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        network(segment)
    return counter.get_total_flops()
