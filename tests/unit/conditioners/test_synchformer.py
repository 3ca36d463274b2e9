import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch
from audio_omni.conditioners.synchformer.conditioner import SynchformerConditioner
from audio_omni.conditioners.synchformer.config import SynchformerConfig
from audio_omni.conditioners.synchformer.frozen import PREFIX, load_extractor
from audio_omni.conditioners.synchformer.plugin import register_conditioners
from audio_omni.core.config import parse_config
from audio_omni.core.errors import CheckpointError, ConfigError, MediaError
from audio_omni.core.media.video import load_video, sample_frames
from audio_omni.core.models.synchformer.extractor import (
    ExtractorSizes,
    build_extractor,
    cut_segments,
    extract,
    scaled,
)
from audio_omni.core.models.synchformer.segments import segment_count
from audio_omni.core.payloads import VIDEO
from audio_omni.core.specs import Injection
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

WIDTH = 24
SIZES = ExtractorSizes(patch=56, width=16, depth=2, heads=2)
OPTIONS = {
    "patch": 56,
    "vit_width": 16,
    "vit_depth": 2,
    "vit_heads": 2,
    "seconds": 1.0,
    "input_width": 16,
    "input_tokens": 16,
    "tokens": 6,
}


def drawn(seed=0):
    """Return an extractor whose every weight is drawn, position tables included."""
    extractor = build_extractor(SIZES)
    generator = torch.Generator().manual_seed(seed)
    for weight in extractor.parameters():
        weight.copy_(0.3 * torch.randn(weight.shape, generator=generator))
    return extractor


def frames(count=25, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 224, 224), generator=generator, dtype=torch.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "synchformer.safetensors"
    save_file({PREFIX + k: v.contiguous() for k, v in drawn().state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Nineteen frames at 20 per second: shorter than asked, at another rate, of another size."""
    av = pytest.importorskip("av")
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.height, stream.width, stream.pix_fmt = 32, 48, "yuv420p"
        for i in range(19):
            pixels = np.full((32, 48, 3), 10 * i, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 20)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return load_video(path)


def build(weights=None, **options):
    chosen = None if weights is None else str(weights)
    config = SynchformerConfig(weights=chosen, **{**OPTIONS, **options})
    return SynchformerConditioner(config, WIDTH).eval()


def encode(conditioner, *payloads):
    return conditioner.encode_frozen([conditioner.prepare(payload) for payload in payloads])


def test_spec():
    (spec,) = register_conditioners()
    assert (spec.reads, spec.injection, spec.frozen) == (VIDEO, Injection.CONCAT, True)
    assert spec.factory == f"{SynchformerConditioner.__module__}:SynchformerConditioner"
    assert spec.config is SynchformerConditioner.config_model


def test_a_video_becomes_features_then_tokens(weights, clip):
    conditioner = build(weights)
    features = encode(conditioner, clip, frames())
    assert [tuple(f.shape) for f in features] == [(16, 16)] * 2
    assert {f.dtype for f in features} == {torch.float32}
    condition = conditioner([*features, None])
    assert condition.tokens.shape == (3, 6, WIDTH)
    assert condition.mask.all()


def test_an_empty_slot_is_projected_from_zeros(weights):
    conditioner = build(weights)
    torch.testing.assert_close(
        conditioner([None]).tokens, conditioner([torch.zeros(16, 16)]).tokens, atol=0, rtol=0
    )


def test_clips_are_sampled_at_25_frames_per_second_and_say_so(weights, clip):
    conditioner = build(weights)
    prepared = conditioner.prepare(clip)
    assert torch.equal(prepared, sample_frames(clip, fps=25, seconds=1.0))
    assert conditioner.conversions(clip) == (
        "sampled video 20 → 25 frames per second",
        "held the last video frame from 0.95 s to 1 s",
        "stretched video frames to 224 × 224 pixels",
    )
    published = build(weights, timing="whole_frames")
    assert published.prepare(clip)[18:].float().std(dim=0).max() == 0  # each frame once, then held
    assert "20 per second, shown as 25" in published.conversions(clip)[0]
    assert not torch.equal(published.prepare(clip), prepared)


def test_frames_are_taken_as_they_are_or_refused(weights):
    conditioner = build(weights)
    assert conditioner.prepare(frames()) is not None
    assert conditioner.conversions(frames()) == ()
    for wrong in (frames(24), frames()[:, :, :112], frames().float()):
        with pytest.raises(MediaError, match=r"expected \(25, 3, 224, 224\) of torch.uint8"):
            conditioner.prepare(wrong)


def test_without_weights_everything_works_but_a_video(clip):
    conditioner = build()
    assert conditioner([None, None]).tokens.shape == (2, 6, WIDTH)
    assert conditioner.frozen_digest() is None
    for payload in (clip, frames()):
        with pytest.raises(ConfigError, match=r"Fetch synchformer_state_dict.pth.*set `weights`"):
            conditioner.prepare(payload)
    with pytest.raises(ConfigError, match="has no extractor"):
        conditioner.encode_frozen([frames()])


def test_features_of_other_shapes_are_refused():
    with pytest.raises(ConfigError, match=r"got features \(15, 16\); expected \(16, 16\)"):
        build()([torch.zeros(15, 16)])


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_segments_in_any_batch_give_the_same_features(batch):
    extractor, video = drawn(), frames(41)
    one_by_one = torch.cat(
        [
            extractor(scaled(segment[None]))[0]
            for segment in (video[i : i + 16].transpose(0, 1) for i in (0, 8, 16, 24))
        ]
    )
    got = extract(extractor, video, segments_per_batch=batch)
    torch.testing.assert_close(got, one_by_one, atol=1e-5, rtol=1e-5)


@given(count=st.integers(16, 400))
def test_segments_cover_all_but_less_than_a_step(count):
    numbered = torch.arange(count).view(-1, 1, 1, 1).expand(-1, 3, 1, 1)
    segments = cut_segments(numbered)
    assert segments.shape == (segment_count(count), 3, 16, 1, 1)
    starts = segments[:, 0, 0, 0, 0].tolist()
    assert starts == [8 * i for i in range(len(starts))]
    assert (segments[:, 0, :, 0, 0].diff(dim=1) == 1).all()
    assert 0 <= count - (starts[-1] + 16) < 8


def test_too_few_frames_for_a_segment_are_refused():
    with pytest.raises(MediaError, match=r"Got a video of 15 frames; .* at least 16"):
        extract(drawn(), frames(15), segments_per_batch=1)


def test_order_in_time_matters():
    extractor, video = drawn(), frames(16)
    one = extract(extractor, video, segments_per_batch=1)
    other = extract(extractor, video.flip(0), segments_per_batch=1)
    assert (one - other.flip(0)).abs().max() > 1e-3


def test_only_the_projection_is_trained_and_saved(weights):
    conditioner = build(weights)
    published = {"norm", "proj", "dim_project"}
    assert set(conditioner.state_dict()) == {
        f"{name}.{kind}" for name in published for kind in ("weight", "bias")
    }
    assert {name for name, _ in conditioner.named_parameters()} == set(conditioner.state_dict())
    network = conditioner.train().extractor.network
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())


def test_extractor_follows_to_the_device_and_keeps_its_precision(weights):
    conditioner = build(weights).to(torch.bfloat16)
    network = conditioner.extractor.network
    assert conditioner.proj.weight.dtype is torch.bfloat16
    assert network.cls_token.dtype is torch.float32
    assert conditioner(encode(conditioner, frames())).tokens.dtype is torch.bfloat16
    conditioner.to("meta")
    assert {p.device.type for p in network.parameters()} == {"meta"}


def test_copies_share_the_frozen_weights_and_pickles_carry_them(weights):
    conditioner = build(weights)
    copied = copy.deepcopy(conditioner)
    assert copied.extractor is conditioner.extractor
    assert copied.proj.weight is not conditioner.proj.weight
    other = pickle.loads(pickle.dumps(conditioner))
    assert other.frozen_digest() == conditioner.frozen_digest()
    assert torch.equal(encode(other, frames())[0], encode(conditioner, frames())[0])


def test_weights_load_with_and_without_the_prefix_beside_other_branches(tmp_path, weights):
    plain = {k: v.contiguous() for k, v in drawn().state_dict().items()}
    save_file(plain, tmp_path / "plain.safetensors")
    published = {PREFIX + k: v for k, v in plain.items()}
    published["afeat_extractor.norm.weight"] = torch.zeros(3)
    save_file(published, tmp_path / "whole.safetensors")
    digests = {
        build(path).frozen_digest()
        for path in (weights, tmp_path / "plain.safetensors", tmp_path / "whole.safetensors")
    }
    assert len(digests) == 1
    other = {k: v.contiguous() for k, v in drawn(seed=1).state_dict().items()}
    save_file(other, tmp_path / "other.safetensors")
    assert build(tmp_path / "other.safetensors").frozen_digest() not in digests


def test_loading_draws_no_random_number(weights):
    before = torch.random.get_rng_state()
    load_extractor(weights, SIZES)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_weights_that_do_not_fit_are_listed(tmp_path, weights):
    broken = {k: v.contiguous() for k, v in drawn().state_dict().items()}
    broken["norm.scale"] = broken.pop("norm.weight")
    broken["cls_token"] = torch.zeros(1, 1, 8)
    save_file(broken, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError) as failure:
        load_extractor(tmp_path / "a.safetensors", SIZES)
    for part in (
        "missing: norm.weight",
        "unexpected: norm.scale",
        "cls_token (1, 1, 8) instead of (1, 1, 16)",
        "`vit_width`",
    ):
        assert part in str(failure.value)


def test_files_that_are_no_weights_are_refused(tmp_path):
    torch.save({}, tmp_path / "synchformer_state_dict.pth")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\x00")
    for name, message in [
        ("synchformer_state_dict.pth", "is a pickle"),
        ("cut.safetensors", "cannot be read"),
        ("no.safetensors", "there is no file .*expected a safetensors file"),
    ]:
        with pytest.raises(CheckpointError, match=message):
            build(tmp_path / name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_tokens": 8}, r"1 s of video make 16 features of width 16; got input_tokens = 8"),
        ({"input_width": 8}, r"got input_tokens = 16 and input_width = 8"),
        ({"seconds": 0.5}, r"0.5 s of video, 12 frames; expected at least 0.64 s"),
    ],
)
def test_extractor_and_projection_must_fit(weights, options, message):
    with pytest.raises(ConfigError, match=message):
        build(weights, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patch": 15}, "patches of 15 pixels do not fill a frame of 224"),
        ({"vit_heads": 7}, "vit_width 768 is no multiple of vit_heads 7"),
        ({"timing": "fast"}, "timing"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(SynchformerConfig, options, where="Conditioner 'synchformer'")


def test_defaults_fit_the_published_extractor():
    assert SynchformerConfig().made == SynchformerConfig().read == (240, 768)


def test_weights_may_come_from_memory(weights):
    conditioner = build()
    assert conditioner.frozen_networks() == {}
    conditioner.watch_with(drawn().state_dict(), "a checkpoint")
    assert conditioner.frozen_networks() == {"extractor": conditioner.extractor.network}
    from_file = build(weights)
    assert conditioner.frozen_digest() == from_file.frozen_digest()
    assert torch.equal(encode(conditioner, frames())[0], encode(from_file, frames())[0])
    with pytest.raises(
        CheckpointError, match=r"a checkpoint does not fit .*missing: .*video branch"
    ):
        conditioner.watch_with({}, "a checkpoint")


def test_an_extractor_is_counted_without_its_weights():
    with torch.device("meta"):
        conditioner = SynchformerConditioner(SynchformerConfig(), WIDTH)
    (network,) = conditioner.frozen_networks().values()
    assert sum(weight.numel() for weight in network.parameters()) == 122_440_704
