"""What clip and videomae make of a video."""

import numpy as np
import pytest
import torch
from audio_omni.conditioners.clip.conditioner import ClipConditioner
from audio_omni.conditioners.clip.config import ClipConfig
from audio_omni.conditioners.videomae.conditioner import VideoMaeConditioner
from audio_omni.conditioners.videomae.config import VideoMaeConfig
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError
from audio_omni.core.media.video import VideoClip, sample_frames
from audio_omni.plugins.manager import build_plugin_manager
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = {"width": 32, "layers": 1, "heads": 4}


def clip_net(**options):
    return ClipConditioner(ClipConfig(local=SMALL, **options), 16).eval()


def videomae(**options):
    return VideoMaeConditioner(VideoMaeConfig(local=SMALL, **options), 16).eval()


def square(seconds=3.0, at=None, fps=8.0):
    """Return a bright square that walks across the picture, or stays at a place."""
    pixels = np.full((round(seconds * fps), 64, 64, 3), 30, np.uint8)
    for k, frame in enumerate(pixels):
        left = 2 * k if at is None else at
        frame[24:40, left : left + 16] = 220
    return VideoClip.of_frames(pixels, fps)


def encode(conditioner, *clips):
    return conditioner.encode_frozen([conditioner.prepare(clip) for clip in clips])


def test_both_read_the_video():
    host = build_plugin_manager(entry_points=False)
    for name in ("clip", "videomae"):
        spec = host.conditioners.get(name)
        assert (spec.reads, str(spec.injection), spec.frozen) == ("video", "context", True)


def test_frames_are_chosen_by_rate_and_length_and_it_is_told():
    conditioner, clip = clip_net(fps=4, seconds=2.0), square(3.0)
    prepared = conditioner.prepare(clip)
    assert torch.equal(prepared, sample_frames(clip, fps=4, seconds=2.0, size=(64, 64)))
    assert conditioner.conversions(clip) == (
        "sampled video 8 → 4 frames per second",
        "saw the first 2 s of the video's 3.00 s",
        "stretched video frames to 64 × 64 pixels",
    )
    assert len(conditioner.prepare(square(0.5))) == 2  # nothing is held
    assert len(conditioner.prepare(square(0.125))) == 1


def test_clip_has_a_token_for_each_frame():
    conditioner = clip_net()
    features = encode(conditioner, square(3.0), square(1.0))
    assert [tuple(f.shape) for f in features] == [(24, 32), (8, 32)]
    condition = conditioner([*features, None])
    assert condition.tokens.shape == (3, 24, 16)
    assert condition.mask.sum(dim=1).tolist() == [24, 8, 1]


def test_frames_with_other_content_differ():
    (moving,) = encode(clip_net(), square())
    (still,) = encode(clip_net(), square(at=0))
    assert still.std(dim=0).max() < 1e-5
    assert (moving[12] - moving[0]).norm() > 0.1 * moving[0].norm()


def test_equal_frames_are_told_apart_by_their_time():
    conditioner = clip_net()
    tokens = conditioner(encode(conditioner, square(at=0))).tokens[0]
    assert (tokens[1:] - tokens[:-1]).norm(dim=1).min() > 0.05


def test_time_is_counted_in_seconds_at_any_rate():
    tokens = {}
    for fps in (4.0, 12.0):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            conditioner = clip_net(fps=fps)
        tokens[fps] = conditioner(encode(conditioner, square(at=0))).tokens[0]
    # Frame 1 of 4 per second lasts from 0.25 s to 0.5 s; its middle is that of frame 4 of 12.
    torch.testing.assert_close(tokens[4.0][1], tokens[12.0][4], atol=1e-5, rtol=1e-4)


def test_videomae_has_a_token_for_two_frames_or_for_each_place_of_them():
    conditioner, fine = videomae(), videomae(tokens="places")
    assert [f.shape for f in encode(conditioner, square(3.0))] == [(12, 32)]
    (places,) = encode(fine, square(3.0))
    assert places.shape == (12, 16, 32)
    assert fine([places]).tokens.shape == (1, 192, 16)
    torch.testing.assert_close(places.mean(dim=1), encode(conditioner, square(3.0))[0])


def test_what_moves_shows_in_tubes():
    moving, still = encode(videomae(), square(), square(at=0))
    assert (moving - still).norm(dim=1).min() > 0.02 * still[0].norm()


def test_frames_are_normalised_as_the_networks_are_trained():
    conditioner = clip_net()
    frames = torch.full((1, 3, 64, 64), 255, dtype=torch.uint8)
    white = conditioner.normalised(frames)[0, :, 0, 0]
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])
    torch.testing.assert_close(white, (1 - mean) / std)


@settings(max_examples=12, deadline=None)
@given(frames=st.integers(1, 40))
def test_no_tube_is_lost_and_none_is_made_of_held_frames(frames):
    conditioner = VIDEOMAE
    pixels = torch.randint(0, 256, (frames, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    (features,) = conditioner.encode_frozen([pixels.to(torch.uint8)])
    assert len(features) == -(-frames // 2)


VIDEOMAE = videomae()


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (ClipConfig, {"local": {"patch": 24}}, "patches of 24 pixels do not fill a frame of 64"),
        (VideoMaeConfig, {"local": {}, "tokens": "all"}, "tokens"),
        (ClipConfig, {"local": {}, "fps": 0}, "fps"),
    ],
)
def test_bad_options(model, options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(model, options, where="Conditioner")
