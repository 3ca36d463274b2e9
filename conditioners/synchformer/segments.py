"""How a video is laid out for the extractor: frames, overlapping segments, features.

Two frames make one feature, and segments overlap by half. So the features of all segments, one
after the other, go back in time at the start of each segment.
"""

from __future__ import annotations

from typing import Literal

from ...core.models.synchformer.segments import (
    FEATURES_PER_SEGMENT,
    FPS,
    FRAMES_PER_PATCH,
    SEGMENT_FRAMES,
    SEGMENT_STEP,
    segment_count,
)

FEATURES_PER_STEP = SEGMENT_STEP // FRAMES_PER_PATCH

Timeline = Literal["segments", "seconds"]
"""What order features come in, see `feature_count`."""


def frame_count(seconds: float) -> int:
    """Return the frames that are seen of a video of this length, at least one."""
    return max(1, round(FPS * seconds))


def feature_count(frames: int, timeline: Timeline) -> int:
    """Return how many features a video has.

    Timeline ``"segments"`` has eight for each segment, as the published model reads them;
    ``"seconds"`` one for each two frames that begin, in the order of time.
    """
    if timeline == "seconds":
        return -(-frames // FRAMES_PER_PATCH)
    return segment_count(frames) * FEATURES_PER_SEGMENT


def frames_to_add(frames: int) -> int:
    """Return how often the last frame is held so that segments cover all frames."""
    if frames < SEGMENT_FRAMES:
        return SEGMENT_FRAMES - frames
    return (SEGMENT_FRAMES - frames) % SEGMENT_STEP
