"""The small extractor that is built on the spot, and features on a timeline in seconds."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from audio_omni.conditioners.synchformer.conditioner import SynchformerConditioner
from audio_omni.conditioners.synchformer.config import LocalExtractorConfig, SynchformerConfig
from audio_omni.conditioners.synchformer.local import build_local_extractor
from audio_omni.conditioners.synchformer.segments import feature_count, frames_to_add
from audio_omni.conditioners.synchformer.timeline import merge_segments, spread
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, MediaError, RequestError
from audio_omni.core.media.video import STANDS_STILL, VideoClip
from audio_omni.core.models.synchformer.segments import segment_count
from hypothesis import given
from hypothesis import strategies as st

WIDTH = 24
FPS = 25.0


def build(**options):
    options = {"local": {}, "seconds": 3.0, "timeline": "seconds", **options}
    config = parse_config(SynchformerConfig, options, where="Conditioner 'synchformer'")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return SynchformerConditioner(config, WIDTH).eval()


def bouncing(seed, seconds=3.0):
    """Return a square that falls onto a floor and bounces, and when it touches the floor."""
    rng = np.random.default_rng(seed)
    touches = np.cumsum(rng.uniform(0.5, 0.9, 3))
    x, size, floor = rng.integers(2, 44), rng.integers(8, 16), rng.integers(48, 60)
    knots = np.concatenate([[-touches[0]], touches, [seconds + 1]])
    pixels = np.full((round(FPS * seconds), 64, 64, 3), 30, np.uint8)
    for k in range(len(pixels)):
        i = np.searchsorted(knots, k / FPS, side="right") - 1
        u = (k / FPS - knots[i]) / (knots[i + 1] - knots[i])
        top = round(max(0, floor - size - 120 * u * (1 - u)))
        pixels[k, top : top + size, x : x + size] = 220
    return VideoClip.of_frames(pixels, FPS), touches


def still(seconds=3.0):
    pixels = np.repeat(bouncing(0)[0].pixels[:1], round(FPS * seconds), axis=0)
    return VideoClip.of_frames(pixels, FPS)


def encode(conditioner, *clips):
    return conditioner.encode_frozen([conditioner.prepare(clip) for clip in clips])


@pytest.fixture(scope="module")
def conditioner():
    return build()


def test_a_clip_of_three_seconds_has_38_tokens(conditioner):
    (features,) = encode(conditioner, bouncing(0)[0])
    assert features.shape == (38, 64)
    condition = conditioner([features, None])
    assert condition.tokens.shape == (2, 38, WIDTH)
    assert condition.mask.sum(dim=1).tolist() == [38, 1]
    assert "dim_project.weight" not in conditioner.state_dict()


def test_shorter_clips_have_fewer_tokens_and_nothing_is_held(conditioner):
    clip = bouncing(0)[0].cut_to(1.0)
    assert conditioner.prepare(clip).shape == (25, 3, 64, 64)
    assert conditioner.conversions(clip) == ("stretched video frames to 64 × 64 pixels",)
    assert encode(conditioner, clip)[0].shape == (13, 64)
    assert encode(conditioner, bouncing(0)[0].cut_to(0.1))[0].shape == (1, 64)


def test_tokens_span_the_sound_that_is_made(conditioner):
    """They are aligned with its frames from first to last, so neither may be longer."""
    clip = bouncing(0)[0].cut_to(2.0)
    shorter, longer = (replace(clip, sound_seconds=seconds) for seconds in (1.0, 2.5))
    assert torch.equal(conditioner.prepare(shorter), conditioner.prepare(clip.cut_to(1.0)))
    assert len(conditioner.prepare(longer)) == 62
    assert "held the last video frame from 2.00 s to 2.5 s" in conditioner.conversions(longer)
    with pytest.raises(RequestError, match=r"sound to make lasts 3\.50 s; .* at most seconds = 3"):
        conditioner.prepare(replace(clip, sound_seconds=3.5))
    published = build(timeline="segments")
    assert len(published.prepare(shorter)) == len(published.prepare(clip)) == 75


def test_frames_must_have_the_size_of_the_local_extractor(conditioner):
    frames = torch.zeros(20, 3, 64, 64, dtype=torch.uint8)
    assert conditioner.prepare(frames) is frames
    with pytest.raises(MediaError, match=r"expected \(1…75, 3, 64, 64\) of torch.uint8"):
        conditioner.prepare(torch.zeros(20, 3, 224, 224, dtype=torch.uint8))


def test_segments_mixed_to_tokens_need_no_numbers_either():
    conditioner = build(timeline="segments", tokens=10)
    features = encode(conditioner, bouncing(0)[0])
    assert features[0].shape == (64, 64)
    assert conditioner(features).tokens.shape == (1, 10, WIDTH)


def test_weights_follow_from_the_seed_and_nothing_else():
    before = torch.random.get_rng_state()
    one, same, other = (
        build_local_extractor(LocalExtractorConfig(seed=seed)).network.state_dict()
        for seed in (0, 0, 1)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["blocks.0.attn.qkv.weight"], other["blocks.0.attn.qkv.weight"])


def test_contacts_can_be_read_from_features(conditioner):
    """A line fitted on 40 clips finds the contacts of 10 others; a guess is 0.3 s off."""
    clips = [bouncing(seed) for seed in range(50)]
    features = torch.stack([encode(conditioner, clip)[0] for clip, _ in clips])
    near = torch.nn.functional.pad(features, (0, 0, 2, 2)).unfold(1, 5, 1).flatten(2).double()
    times = (torch.arange(38) + 0.5) * 3.0 / 38
    touches = torch.tensor(np.stack([touches for _, touches in clips]))
    gap = (times[:, None] - touches[:, None]).abs().amin(dim=2)  # (clips, T)
    wanted = torch.exp(-0.5 * (gap / 0.05) ** 2)
    x, y = near[:40].flatten(0, 1), wanted[:40].flatten()
    mean, scale = x.mean(dim=0), x.std(dim=0)
    x = (x - mean) / scale
    line = torch.linalg.solve(x.T @ x + len(x) * 1e-2 * torch.eye(x.shape[1]), x.T @ (y - y.mean()))
    guess = ((near[40:] - mean) / scale) @ line
    errors = [
        (times[row.clone().masked_fill((times - touch).abs() > 0.25, -9).argmax()] - touch).abs()
        for row, of_clip in zip(guess, touches[40:], strict=True)
        for touch in of_clip
    ]
    assert torch.stack(errors).mean() < 0.06  # 0.125 for a place at random within 0.25 s


def test_a_video_that_stands_still_is_told(conditioner):
    assert conditioner.conversions(still())[-1] == STANDS_STILL
    assert STANDS_STILL not in conditioner.conversions(bouncing(0)[0])
    assert conditioner.conversions(conditioner.prepare(still())) == (STANDS_STILL,)


def test_features_change_where_something_moves(conditioner):
    quiet, moved = still(), still().pixels.copy()
    moved[50:54, 10:20, 10:20] = 255
    before, after = encode(conditioner, quiet, VideoClip.of_frames(moved, FPS))
    assert before.abs().max() < 1e-5  # what stays the same is taken off
    change = (after - after[0]).abs().amax(dim=1)
    assert change.argmax() in range(24, 28)  # frames 50–53 of two each, of 75 on 38 features
    assert (change[:18] < 1e-5).all()  # no segment that they lie in begins before frame 40
    tokens = conditioner([after]).tokens[0]
    assert (tokens[26] - tokens[0]).norm() > 0.5 * tokens[0].norm()


@given(segments=st.integers(1, 20))
def test_every_moment_comes_once_and_in_order(segments):
    times = 4 * torch.arange(segments)[:, None] + torch.arange(8)
    merged = merge_segments(times[..., None].double())
    assert torch.equal(merged[:, 0], torch.arange(4 * segments + 4).double())


@given(frames=st.integers(1, 300))
def test_features_share_the_length_of_the_video_equally(frames):
    covered = frames + frames_to_add(frames)
    segments = segment_count(covered)
    assert covered - frames < 16
    assert (segments - 1) * 8 + 16 == covered
    middles = torch.arange(4 * segments + 4).double()[:, None] + 0.5  # in two frames
    got = spread(middles, frames)[:, 0]
    count = feature_count(frames, "seconds")
    wanted = (torch.arange(count) + 0.5) * frames / 2 / count
    assert len(got) == count
    torch.testing.assert_close(got, wanted.double().clamp(min=0.5), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "a.safetensors"}, "got both 'weights' and 'local'"),
        ({"local": {"width": 30}}, "width 30 is no multiple of heads 8"),
        ({"local": {"patch": 24}}, "patches of 24 pixels do not fill a frame of 64"),
        ({"timeline": "frames"}, "timeline"),
        ({"input_tokens": 40}, r"3 s of video make 38 features of width 64; got input_tokens = 40"),
        ({"seconds": 0.5}, "expected at least 0.64 s"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ConfigError, match=message):
        build(**options)


def test_a_local_extractor_is_counted_without_weights():
    with torch.device("meta"):
        conditioner = SynchformerConditioner(SynchformerConfig(local={}, seconds=3.0), WIDTH)
    (network,) = conditioner.frozen_networks().values()
    assert {weight.device.type for weight in network.parameters()} == {"meta"}
