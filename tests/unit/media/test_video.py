"""Videos in files: facts are measured, and frames are those on screen at a time."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch
from audio_omni.core.errors import MediaError
from audio_omni.core.media import video_decode
from audio_omni.core.media.frames import _on_screen, stretch
from audio_omni.core.media.video import (
    as_video,
    load_video,
    sample_frames,
    sampling_notes,
)
from flat_videos import SMALL, av, numbers, put, sampled, steady, write_video
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file


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


def test_frames_may_be_fitted_by_another_rule(steady_video):
    """In place of stretching, which a size asks for."""
    fitted = sample_frames(
        load_video(steady_video), fps=25, seconds=0.2, fit=lambda frames: frames[..., :8, 2:6]
    )
    assert fitted.shape == (5, 3, 8, 4)
    assert numbers(fitted) == [0, 1, 2, 3, 4]
