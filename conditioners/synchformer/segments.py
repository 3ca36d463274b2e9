"""How a video is laid out for the extractor: frames, overlapping segments, features.

A segment is 16 frames, the next begins 8 frames later, and two frames make one feature. So the
features of all segments, one after the other, go back in time at the start of each segment.
"""

from __future__ import annotations

from typing import Literal

FPS = 25.0
FRAME_PIXELS = 224
SEGMENT_FRAMES = 16
SEGMENT_STEP = 8
FRAMES_PER_PATCH = 2
FEATURES_PER_SEGMENT = SEGMENT_FRAMES // FRAMES_PER_PATCH
FEATURES_PER_STEP = SEGMENT_STEP // FRAMES_PER_PATCH

Timeline = Literal["segments", "seconds"]
"""What order features come in, see `feature_count`."""


def frame_count(seconds: float) -> int:
    """Return the frames that are seen of a video of this length, at least one."""
    return max(1, round(FPS * seconds))


def segment_count(frames: int) -> int:
    """Return the segments of a video of 16 frames or more; a rest of under 8 frames is unseen."""
    return (frames - SEGMENT_FRAMES) // SEGMENT_STEP + 1


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
