"""How the video branch cuts a video: a segment is 16 frames, the next begins 8 frames later."""

from __future__ import annotations

FPS = 25.0
FRAME_PIXELS = 224
SEGMENT_FRAMES = 16
SEGMENT_STEP = 8
FRAMES_PER_PATCH = 2
FEATURES_PER_SEGMENT = SEGMENT_FRAMES // FRAMES_PER_PATCH


def segment_count(frames: int) -> int:
    """Return the segments of a video of 16 frames or more; a rest of under 8 frames is unseen."""
    return (frames - SEGMENT_FRAMES) // SEGMENT_STEP + 1
