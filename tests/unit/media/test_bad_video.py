"""What is no video, is damaged, or is asked for senselessly is told."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from audio_omni.core.errors import MediaError
from audio_omni.core.media.video import (
    as_video,
    load_video,
    sample_frames,
)
from flat_videos import av, put, steady, write_video


@pytest.mark.parametrize(
    ("fps", "seconds"), [(0, 1), (25, 0), (-5, 1), (25, float("inf")), (1, 0.1)]
)
def test_a_senseless_rate_is_refused(steady_video, fps, seconds):
    with pytest.raises(MediaError, match="expected a rate and a length above 0"):
        sample_frames(load_video(steady_video), fps=fps, seconds=seconds)


def write_sound(path, *, cover=False):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        picture = None
        if cover:
            picture = container.add_stream("mjpeg", rate=1)
            picture.height, picture.width, picture.pix_fmt = 16, 16, "yuvj420p"
            picture.codec_context.time_base = Fraction(1, 25)
            picture.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
        if picture is not None:
            put(container, picture, np.zeros((16, 16, 3), np.uint8), 0)
            for packet in picture.encode(None):
                container.mux(packet)
    return path


def test_files_that_are_no_video_are_named(tmp_path):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("this is not video, though it says so")
    write_sound(tmp_path / "sound.m4a")
    write_sound(tmp_path / "album.mp4", cover=True)
    for name, message in [
        ("no.mp4", "no.mp4 does not exist; expected a video file. Check the path"),
        (".", "is a folder; expected a video file"),
        ("empty.mp4", r"is empty \(0 bytes\); expected video. Copy"),
        ("text.mp4", r"text.mp4 is not a video that can be read .*b'this is not "),
        ("sound.m4a", "sound.m4a holds sound only; expected .* Give another file"),
        ("album.mp4", "album.mp4 holds sound only"),
        ("x" * 300, "cannot be opened"),
    ]:
        with pytest.raises(MediaError, match=message):
            load_video(tmp_path / name)
    with pytest.raises(MediaError, match="Got video as int; expected the path"):
        as_video(3)


def test_a_video_without_frames_is_refused(tmp_path):
    path = tmp_path / "none.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = 16, 16, "yuv420p"
        container.start_encoding()
    with pytest.raises(MediaError, match=r"none.avi has 0 frames .*leave the video out"):
        load_video(path)


def test_a_damaged_video_is_loud_or_noted(tmp_path, steady_video):
    whole = write_video(tmp_path / "a.mkv", steady(25, 25)).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 2])
    assert load_video(cut).frames < 25
    data = bytearray(steady_video.read_bytes())
    start = data.index(b"mdat") + 4
    data[start : start + 4000] = bytes(len(data[start : start + 4000]))
    zeros = tmp_path / "zeros.mp4"
    zeros.write_bytes(data)
    with pytest.raises(MediaError, match=r"zeros.mp4"):
        load_video(zeros)


def test_damage_is_met_where_it_lies(shared_dir, tmp_path):
    source = shared_dir / "data" / "video" / "film" / "tos_30.mp4"
    if not source.is_file():
        pytest.skip("needs data/video/film/tos_30.mp4 in the shared folder")
    data = source.read_bytes()
    half = len(data) // 2
    cut, flipped = tmp_path / "cut.mp4", tmp_path / "flipped.mp4"
    cut.write_bytes(data[:half])
    damaged = bytearray(data)
    for i in range(half, len(data) - 1000, 20_000):
        damaged[i] ^= 255
    flipped.write_bytes(damaged)
    clip = load_video(cut)
    assert clip.conversions == (f"found {clip.frames} frames where the header announces 240",)
    for path, message in [(cut, r"cannot be decoded beyond 6\."), (flipped, "a damaged frame at ")]:
        clip = load_video(path)
        assert sample_frames(clip, fps=5, seconds=5, size=(8, 8)).shape == (25, 3, 8, 8)
        with pytest.raises(MediaError, match=message):
            sample_frames(clip, fps=25, seconds=10, size=(8, 8))


def test_a_video_too_long_is_refused(steady_video):
    with pytest.raises(MediaError, match=r"lasts 1.0 s; at most 0.5 s are read. Cut it"):
        load_video(steady_video, max_seconds=0.5)


def test_missing_av_names_the_extra(steady_video, monkeypatch):
    clip = load_video(steady_video)
    monkeypatch.setitem(sys.modules, "av", None)
    for call in (lambda: load_video(steady_video), lambda: sample_frames(clip, fps=5, seconds=1)):
        with pytest.raises(MediaError, match=r"needs PyAV .*audio-omni\[data\]"):
            call()
