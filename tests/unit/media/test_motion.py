from fractions import Fraction

import numpy as np
import pytest
import torch
from audio_omni.core.media.video import VideoClip, frames_move, load_video, moves


def film(count=30, moving_from=None, noise=0):
    """Return frames of a grey square that steps aside at a frame, if it does."""
    rng = np.random.default_rng(0)
    pixels = np.full((count, 64, 64, 3), 40, np.uint8)
    for i in range(count):
        left = 8 if moving_from is None or i < moving_from else 14
        pixels[i, 20:28, left : left + 8] = 200
    return (pixels + rng.integers(0, noise + 1, pixels.shape)).astype(np.uint8)


def clip(**options):
    return VideoClip.of_frames(film(**options), 10.0)


def test_what_steps_aside_moves():
    assert not moves(clip(), 10)
    assert moves(clip(moving_from=15), 10)
    assert not moves(clip(noise=4), 10)  # grain is no motion


def test_only_what_is_seen_counts():
    stepping = clip(moving_from=15)
    assert not moves(stepping, 1.4)
    assert moves(stepping, 1.6)
    assert moves(stepping.starting_at(1.4), 10)
    assert not moves(stepping.starting_at(1.5), 10)
    assert not moves(stepping.cut_to(1.4), 10)


def test_frames_in_memory():
    def frames(**options):
        return torch.from_numpy(film(**options)).permute(0, 3, 1, 2)

    assert frames_move(frames(moving_from=29))
    assert not frames_move(frames())
    assert not frames_move(frames()[:1])


@pytest.mark.parametrize("moving_from", [None, 20])
def test_what_a_codec_leaves_is_no_motion(tmp_path, moving_from):
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for i, pixels in enumerate(film(moving_from=moving_from)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert moves(load_video(tmp_path / "a.mp4"), 10) == (moving_from is not None)
