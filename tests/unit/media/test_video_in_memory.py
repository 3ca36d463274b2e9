"""Frames in memory are a video like any other."""

import numpy as np
import pytest
from audio_omni.core.errors import MediaError
from audio_omni.core.media.video import (
    VideoClip,
    as_video,
    sample_frames,
)


def grey_levels(count):
    return np.arange(count, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)


@pytest.mark.parametrize(("fps", "levels"), [(25, [0, 1, 2, 3]), (12.5, [0, 2]), (50, [0, 0, 1])])
def test_a_clip_in_memory_is_sampled_like_a_file(fps, levels):
    clip = as_video(VideoClip.of_frames(grey_levels(4), 25))
    assert (clip.seconds, clip.fps, clip.frames) == (0.16, 25, 4)
    frames = sample_frames(clip, fps=fps, seconds=len(levels) / fps, size=None)
    assert frames.shape == (len(levels), 3, 1, 1)
    assert frames[:, 0, 0, 0].tolist() == levels


def test_a_clip_in_memory_holds_its_last_frame_and_is_stretched():
    clip = VideoClip.of_frames(grey_levels(2), 25)
    frames = sample_frames(clip, fps=25, seconds=0.2, size=(4, 6))
    assert frames.shape == (5, 3, 4, 6)
    assert frames[:, 0, 0, 0].tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("pixels", "fps", "message"),
    [
        (np.zeros((2, 4, 4), np.uint8), 25, r"Got frames \(2, 4, 4\) of uint8"),
        (np.zeros((0, 4, 4, 3), np.uint8), 25, "at least one frame"),
        (np.zeros((2, 4, 4, 3)), 25, "of float64"),
        (np.zeros((2, 4, 4, 3), np.uint8), 0, "Got 0 frames per second"),
    ],
)
def test_what_is_no_clip_in_memory_is_refused(pixels, fps, message):
    with pytest.raises(MediaError, match=message):
        VideoClip.of_frames(pixels, fps)
