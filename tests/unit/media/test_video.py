import pickle
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
from audio_omni.core.errors import MediaError
from audio_omni.core.media import video_decode
from audio_omni.core.media.frames import _on_screen, stretch
from audio_omni.core.media.video import (
    VideoClip,
    as_video,
    load_video,
    sample_frames,
    sampling_notes,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

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


@pytest.fixture(scope="module")
def steady_video(tmp_path_factory):
    """One second at 25 frames per second."""
    return write_video(tmp_path_factory.mktemp("video") / "a.mp4", steady(25, 25))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mov"])
def test_facts_are_measured(tmp_path, suffix):
    ticks = 25 if suffix == ".avi" else 1000
    clip = load_video(write_video(tmp_path / f"a{suffix}", steady(25, 25), ticks=ticks))
    assert (clip.frames, clip.start_seconds, clip.conversions) == (25, 0.0, ())
    assert clip.fps == pytest.approx(25, rel=2e-2)
    assert clip.seconds == pytest.approx(1.0, abs=0.041)
    assert as_video(clip) is clip
    assert as_video(str(clip.path)) == clip == pickle.loads(pickle.dumps(clip))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_equal_rates_take_every_frame_once(tmp_path, suffix):
    clip = load_video(write_video(tmp_path / f"a{suffix}", steady(25, 25)))
    assert sampled(clip, 25, 1.0) == list(range(25))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_rounded_by_the_container_pick_the_right_frame(tmp_path, suffix):
    clip = load_video(write_video(tmp_path / f"a{suffix}", steady(30, 30)))
    assert sampled(clip, 30, 1.0) == list(range(30))
    assert sampled(clip, 10, 1.0) == list(range(0, 30, 3))


def test_exact_timing_follows_a_variable_rate(tmp_path):
    times = [0.0, 0.1, 0.15, 0.5, 0.52, 0.54, 0.9]
    clip = load_video(write_video(tmp_path / "a.mp4", times))
    assert sampled(clip, 10, 1.0) == [0, 1, 2, 2, 2, 3, 5, 5, 5, 6]


def test_exact_timing_spreads_another_rate_evenly(tmp_path):
    clip = load_video(write_video(tmp_path / "a.mp4", steady(30, 30), rate=30, ticks=30))
    assert sampled(clip, 25, 1.0) == [k * 30 // 25 for k in range(25)]
    assert sampling_notes(clip, fps=25, seconds=1.0, size=None) == (
        "sampled video 30 → 25 frames per second",
    )


def test_whole_frames_keep_the_published_readers_defect(tmp_path):
    clip = load_video(write_video(tmp_path / "a.mp4", steady(30, 30), rate=30, ticks=30))
    assert sampled(clip, 25, 1.0, "whole_frames") == [*range(0, 30, 2), *[28] * 10]
    assert sampled(clip, 30, 1.0, "whole_frames") == list(range(30))
    assert sampled(clip, 5, 1.0, "whole_frames") == [0, 6, 12, 18, 24]
    notes = sampling_notes(clip, fps=25, seconds=1.0, size=None, timing="whole_frames")
    assert notes == (
        "took one video frame in 2 of 30 per second: 15 per second, shown as 25",
        "held the last video frame from 0.60 s to 1 s",
    )


@pytest.mark.parametrize("timing", ["exact", "whole_frames"])
def test_a_short_video_holds_its_last_frame_and_says_so(steady_video, timing):
    clip = load_video(steady_video)
    assert sampled(clip, 25, 1.4, timing) == [*range(25), *[24] * 10]
    notes = sampling_notes(clip, fps=25, seconds=1.4, timing=timing)
    assert notes == (
        "held the last video frame from 1.00 s to 1.4 s",
        "stretched video frames to 224 × 224 pixels",
    )
    assert sampling_notes(clip, fps=25, seconds=1.0, size=None, timing=timing) == ()


def test_a_long_video_is_cut_and_says_so(steady_video):
    clip = load_video(steady_video)
    assert sampled(clip, 25, 0.2) == [0, 1, 2, 3, 4]
    assert "saw the first 0.2 s of the video's 1.00 s" in sampling_notes(clip, fps=25, seconds=0.2)


def test_a_clip_may_start_later(steady_video):
    clip = load_video(steady_video).starting_at(0.4)
    assert clip.seconds == pytest.approx(0.6)
    assert clip.conversions == ("left out the first 0.4 s of the video",)
    for timing in ("exact", "whole_frames"):
        assert sampled(clip, 25, 0.2, timing) == [10, 11, 12, 13, 14]
    assert clip.starting_at(0) is clip
    with pytest.raises(MediaError, match=r"start at 0.6 s; expected .* below the clip's 0.60 s"):
        clip.starting_at(0.6)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_late_start_is_jumped_to_and_sees_the_same(tmp_path, suffix, monkeypatch):
    ticks = 25 if suffix == ".avi" else 1000
    whole = load_video(write_video(tmp_path / f"a{suffix}", steady(30, 25), ticks=ticks))
    for start in (0.02, 0.48, 0.5, 0.9, 1.19):
        clip = whole.starting_at(start)
        monkeypatch.setattr(video_decode, "SEEK_SECONDS", float("inf"))
        expected = sampled(clip, 25, 0.4)
        monkeypatch.setattr(video_decode, "SEEK_SECONDS", 0.0)
        assert sampled(clip, 25, 0.4) == expected
    skipped = next(video_decode.decoded_frames(whole, 1.1))[0]
    assert 0.4 < skipped <= 1.1  # key frames are 12 frames apart


def test_a_picture_later_than_the_sound_is_held_back(tmp_path):
    times = [1.0 + at for at in steady(10, 25)]
    clip = load_video(write_video(tmp_path / "a.mkv", times, sound=True))
    assert "the picture begins 1.0" in clip.conversions[0]
    assert sampled(clip, 25, 1.2) == [*[0] * 26, 1, 2, 3, 4]


def test_a_turned_video_stands_upright(tmp_path):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width = 32, 64
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, 25)
        stream.set_display_rotation(90)  # against the clock, to be seen upright
        pixels = np.zeros((32, 64, 3), np.uint8)
        pixels[:, 32:] = 240
        put(container, stream, pixels, 0)
        for packet in stream.encode(None):
            container.mux(packet)
    frame = sample_frames(load_video(path), fps=25, seconds=0.04, size=None)[0]
    assert frame.shape == (3, 64, 32)
    assert frame[:, :24].float().mean() > 200  # the right half came to the top
    assert frame[:, 40:].float().mean() < 40


def test_frames_are_stretched_as_the_published_model_does(shared_dir):
    path = shared_dir / "goldens" / "video_transform.safetensors"
    if not path.is_file():
        pytest.skip("needs video_transform in the shared goldens")
    golden = load_file(path)
    stretched = stretch(golden["in/frames/uint8"], (224, 224))
    assert torch.equal(stretched[..., ::3, ::3], golden["out/resized/uint8"])


def test_frames_have_the_size_asked_for(steady_video):
    clip = load_video(steady_video)
    assert sample_frames(clip, fps=5, seconds=1).shape == (5, 3, 224, 224)
    assert sample_frames(clip, fps=5, seconds=1, size=(8, 10)).shape == (5, 3, 8, 10)
    frames = sample_frames(clip, fps=5, seconds=1, size=None)
    assert (frames.shape, frames.dtype) == ((5, 3, *SMALL), torch.uint8)


@settings(max_examples=25, deadline=None)
@given(fps=st.floats(0.7, 60), seconds=st.floats(1.0, 3.0))
def test_the_count_is_rate_times_seconds(steady_video, fps, seconds):
    clip = load_video(steady_video)
    for timing in ("exact", "whole_frames"):
        seen = sampled(clip, fps, seconds, timing)
        assert len(seen) == round(fps * seconds)
        assert seen == sorted(seen)
        assert seen[0] == 0


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=20),
    wanted=st.lists(st.integers(0, 3000), min_size=1, max_size=30).map(sorted),
)
def test_the_frame_on_screen_is_the_last_one_that_began(gaps, wanted):
    starts = np.cumsum(gaps).tolist()
    frames = [(s / 100, i) for i, s in enumerate(starts)]
    got = [
        frame
        for frame, repeats in _on_screen(iter(frames), [w / 100 for w in wanted])
        for _ in range(repeats)
    ]
    assert got == [max((i for i, s in enumerate(starts) if s <= w), default=0) for w in wanted]


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


def test_real_clips_are_read(shared_dir):
    paths = sorted((shared_dir / "data" / "video").glob("*/*.mp[4g]"))[::4]
    if not paths:
        pytest.skip("needs clips in data/video of the shared folder")
    for path in paths:
        clip = load_video(path)
        assert clip.frames == pytest.approx(clip.fps * clip.seconds, abs=1.5)
        frames = sample_frames(clip, fps=25, seconds=2, size=(28, 28))
        assert frames.shape == (50, 3, 28, 28)
        assert frames.float().std() > 5
        assert not torch.equal(frames[0], frames[-1])


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


def test_frames_may_be_fitted_by_another_rule(steady_video):
    """In place of stretching, which a size asks for."""
    fitted = sample_frames(
        load_video(steady_video), fps=25, seconds=0.2, fit=lambda frames: frames[..., :8, 2:6]
    )
    assert fitted.shape == (5, 3, 8, 4)
    assert numbers(fitted) == [0, 1, 2, 3, 4]
