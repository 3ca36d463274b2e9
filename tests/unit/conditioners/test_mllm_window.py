import pickle

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig, MllmWindowConfig
from audio_omni.conditioners.mllm.plugin import register_conditioners
from audio_omni.conditioners.mllm.window import MllmWindow
from audio_omni.conditioners.mllm.window_tokens import real_states, window_features
from audio_omni.core.conditioning import check_condition
from audio_omni.core.errors import RequestError
from audio_omni.core.media.video import VideoClip, load_video
from audio_omni.core.payloads import Prompt
from hypothesis import given
from hypothesis import strategies as st

WIDTH = 24


def build(**options):
    torch.manual_seed(0)
    return MllmWindow(MllmWindowConfig(local={"width": 32}, **options), WIDTH)


@pytest.fixture(scope="module")
def window():
    return build(tokens=64)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Three seconds at ten frames per second, each a little brighter than the last."""
    av = pytest.importorskip("av")
    path = tmp_path_factory.mktemp("video") / "brighter.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 48
        for i in range(30):
            picture = torch.full((48, 64, 3), 8 * i, dtype=torch.uint8).numpy()
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def encode(mllm, *prompts):
    return mllm.encode_frozen([mllm.prepare(prompt) for prompt in prompts])


def test_spec():
    spec = register_conditioners()[1]
    assert spec.factory == f"{MllmWindow.__module__}:MllmWindow"
    assert spec.config is MllmWindow.config_model


def test_short_prompts_are_never_padded(window):
    features = [*encode(window, Prompt("rain"), Prompt("a dog barks at the rain")), None]
    condition = window(features)
    check_condition("mllm_window", "test", condition, 3, WIDTH)
    assert condition.mask.sum(1).tolist() == [len(features[0]), len(features[1]), 1]
    torch.testing.assert_close(condition.tokens[2, 0], window.proj_features.bias)
    padded = window.padded(condition)
    assert padded.tokens.shape == (3, 64, WIDTH)
    assert padded.mask.sum(1).equal(condition.mask.sum(1))
    excluded = padded.tokens[~padded.mask]
    torch.testing.assert_close(excluded, window.proj_features.bias.expand_as(excluded))


def test_long_prompts_are_interpolated_and_it_is_said(window):
    prompt = Prompt("rain " * 100)
    (feature,) = encode(window, prompt)
    assert feature.shape == (64, 32)
    (note,) = window.conversions(prompt)
    count = window.prepare(prompt)["input_ids"].shape[1]
    assert note == f"interpolated {count} tokens of the prompt to 64"
    assert window.conversions(Prompt("rain")) == ()
    with pytest.raises(RequestError, match=r"at most max_tokens = 80"):
        build(tokens=64, max_tokens=80).prepare(prompt)


def test_features_are_rounded_to_bfloat16_where_asked(window):
    (rounded,) = encode(build(rounding="bfloat16"), Prompt("rain"))
    assert torch.equal(rounded, rounded.bfloat16().float())
    (exact,) = encode(window, Prompt("rain"))
    assert not torch.equal(exact, exact.bfloat16().float())
    torch.testing.assert_close(rounded, exact, atol=0.02, rtol=0.02)
    torch.testing.assert_close(exact.square().mean(1), torch.ones(len(exact)), atol=1e-4, rtol=0)


@given(
    n=st.integers(1, 70), tokens=st.integers(1, 40), rounding=st.sampled_from(["none", "bfloat16"])
)
def test_window_features_keep_what_fits(n, tokens, rounding):
    states = torch.randn(n, 8, generator=torch.Generator().manual_seed(n))
    features = window_features(states, tokens, rounding)
    assert features.shape == (min(n, tokens), 8)
    if n <= tokens:
        alone = torch.cat([window_features(row[None], tokens, rounding) for row in states])
        assert torch.equal(features, alone)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    left=st.booleans(),
    cut=st.integers(-3, 3),
)
def test_real_states_are_those_under_the_mask(lengths, left, cut):
    longest = max(lengths)
    states = torch.arange(len(lengths) * longest).float().reshape(len(lengths), longest, 1)
    place = torch.arange(longest).expand(len(lengths), -1)
    count = torch.tensor(lengths)[:, None]
    mask = (place >= longest - count if left else place < count).long()
    mask = torch.nn.functional.pad(mask, (0, max(cut, 1 - longest)), value=1)
    for row, real in enumerate(real_states(states, mask)):
        kept = [i for i in range(min(longest, mask.shape[1])) if mask[row, i]]
        assert real[:, 0].tolist() == states[row, kept, 0].tolist()


def test_video_file_is_watched_for_a_fixed_time(file):
    window = build()
    prompt = Prompt("what", video=load_video(file))
    inputs = window.prepare(prompt)
    assert inputs["video_grid_thw"].tolist() == [[25, 4, 4]]  # 50 frames, two by two
    assert inputs["video_second_per_grid"].tolist() == pytest.approx([0.4])
    notes = window.conversions(prompt)
    assert "sampled video 10 → 5 frames per second" in notes
    assert any("held the last" in note for note in notes)
    assert window.token_count(prompt) == inputs["input_ids"].shape[1]


def test_rate_of_a_video_can_be_kept_from_the_model(file):
    inputs = build(declare_video_fps=False).prepare(Prompt("what", video=load_video(file)))
    assert inputs["video_second_per_grid"].tolist() == [1.0]  # it believes in 2 frames per second


def test_whole_frames_are_the_release_s_reader(file):
    frames = {
        timing: build(video_timing=timing, video_fps=4.0, video_seconds=2.0)
        .prepare(Prompt("", video=load_video(file)))["pixel_values_videos"]
        .reshape(4, -1)
        .mean(1)
        for timing in ("exact", "whole_frames")
    }
    # At 10 frames per second, every third one is not four per second: two seconds span 2.4.
    assert frames["whole_frames"][-1] > frames["exact"][-1] + 0.01


def test_own_models_watch_no_longer_than_the_file_lasts(file):
    mllm = MllmConditioner(MllmConfig(local={"width": 32}), WIDTH)
    clip = load_video(file)
    inputs = mllm.prepare(Prompt("what", video=clip))
    assert inputs["video_grid_thw"].tolist() == [[8, 4, 4]]  # 15 frames and one to make it even
    assert not any("held" in note for note in mllm.conversions(Prompt("what", video=clip)))
    short = MllmConditioner(MllmConfig(local={"width": 32}, video_seconds=1.0), WIDTH)
    assert any("first 1 s" in note for note in short.conversions(Prompt("what", video=clip)))
    blink = VideoClip(clip.path, 0.05, clip.fps, 1)
    assert mllm.prepare(Prompt("", video=blink))["video_grid_thw"].tolist() == [[1, 4, 4]]


def test_ten_seconds_of_video_are_3600_tokens_for_the_published_processor():
    from audio_omni.conditioners.mllm.config import LocalThinkerConfig
    from audio_omni.conditioners.mllm.local_processor import build_processor
    from audio_omni.conditioners.mllm.media import model_inputs
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    processor = build_processor(LocalThinkerConfig(width=32))
    processor.video_processor = Qwen2VLVideoProcessor()
    processor.videos_kwargs = type(processor).videos_kwargs
    frames = torch.zeros(1, dtype=torch.uint8).expand(50, 3, 224, 224)
    mark = "<|vision_bos|><|VIDEO|><|vision_eos|>"
    inputs = model_inputs(processor, mark, frames=frames)
    assert inputs["input_ids"].shape[1] == 3600 + 2


def test_state_is_the_published_model_s(window):
    assert set(window.state_dict()) == {"proj_features.weight", "proj_features.bias"}
    assert {name for name, _ in window.named_parameters()} == set(window.state_dict())


def test_pickles_for_workers(window):
    other = pickle.loads(pickle.dumps(window))
    assert torch.equal(encode(other, Prompt("rain"))[0], encode(window, Prompt("rain"))[0])
