"""A video's digest goes by what it holds."""

from dataclasses import replace

import numpy as np
from audio_omni.core.media.video_digest import video_digest
from audio_omni.core.media.video_file import VideoClip


def drawn(value=0, fps=25.0):
    return VideoClip.of_frames(np.full((50, 4, 4, 3), value, np.uint8), fps)


def test_frames_in_memory():
    assert video_digest(drawn()) == video_digest(drawn())
    others = [drawn(1), drawn(fps=24.0), drawn().starting_at(1.0), drawn().cut_to(1.0)]
    digests = {video_digest(clip) for clip in (drawn(), *others)}
    assert len(digests) == 5


def test_files_by_their_bytes_wherever_they_lie(tmp_path):
    for name, data in (("a.mp4", b"one"), ("b.mp4", b"one"), ("c.mp4", b"two")):
        (tmp_path / name).write_bytes(data)
    clips = [VideoClip(tmp_path / f"{name}.mp4", 2.0, 25.0, 50) for name in "abc"]
    one, same, two = (video_digest(clip) for clip in clips)
    assert one == same != two
    read = replace(clips[2], data=b"three")
    assert video_digest(read) not in (one, two)
