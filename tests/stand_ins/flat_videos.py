"""Small videos of flat frames, each of a grey level of its own, so that any frame can be told."""

from fractions import Fraction

import numpy as np
import pytest
from audio_omni.core.media.video import sample_frames

av = pytest.importorskip("av")

STEP = 8  # grey levels between two frames, far more than a codec's error
SMALL = (16, 24)


def write_video(path, times, *, rate=25, ticks=1000, sound=False):
    """Write flat frames, frame i of grey level STEP · i, shown at the given seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = SMALL
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, ticks)
        track = container.add_stream("aac", rate=16000, layout="mono") if sound else None
        for i, at in enumerate(times):
            put(container, stream, np.full((*SMALL, 3), STEP * i, np.uint8), round(at * ticks))
        for packet in stream.encode(None):
            container.mux(packet)
        if track is not None:
            silence = np.zeros((1, 32000), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16000, 0
            for packet in [*track.encode(frame), *track.encode(None)]:
                container.mux(packet)
    return path


def put(container, stream, pixels, pts):
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts, frame.time_base = pts, stream.codec_context.time_base
    for packet in stream.encode(frame):
        container.mux(packet)


def steady(count, fps):
    return [i / fps for i in range(count)]


def numbers(frames):
    """Return which frame each of the frames (F, 3, H, W) is."""
    return (frames.float().mean(dim=(1, 2, 3)) / STEP).round().int().tolist()


def sampled(clip, fps, seconds, timing="exact"):
    return numbers(sample_frames(clip, fps=fps, seconds=seconds, size=None, timing=timing))
