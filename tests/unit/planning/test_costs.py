"""What conditioners say they cost is what they do."""

import numpy as np
import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.costs import ConditionerCost, ExampleShape
from audio_omni.core.media.audio import Waveform
from audio_omni.core.media.video import VideoClip
from audio_omni.core.models.build import build_conditioner
from audio_omni.core.models.config import ConditionerUse
from audio_omni.core.payloads import (
    PROMPT,
    REFERENCE_AUDIO,
    TRANSCRIPT,
    VIDEO,
    Prompt,
    ReferenceAudio,
    Transcript,
)
from audio_omni.tasks.demo_clips import demo_video
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

WIDTH = 32
RATE = 16000
SECONDS = 3.0


def build(host, name, **options):
    return build_conditioner("it", ConditionerUse(name=name, options=options), WIDTH, host)


def tokens_of(conditioner, features):
    drawn = {"generators": [torch.Generator()]} if conditioner.draws else {}
    return int(conditioner([features], **drawn).mask.sum())


def numbers_of(feature):
    tensors = feature.values() if isinstance(feature, dict) else [feature]
    return sum(t.numel() for t in tensors if isinstance(t, torch.Tensor) and t.is_floating_point())


def clip(seconds=SECONDS):
    samples = 0.1 * np.random.default_rng(0).standard_normal((1, round(seconds * RATE)))
    return Waveform(torch.tensor(samples, dtype=torch.float32), RATE)


def example(*fills, seconds=SECONDS, prompt_tokens=20):
    return ExampleShape(seconds, frozenset({PROMPT, *fills}), prompt_tokens)


MEL = {"sample_rate_hz": RATE, "mels": 32, "fft_size": 1024, "hop": 512}


@pytest.mark.parametrize(
    ("name", "options"),
    [("mel", MEL), ("mel_window", {**MEL, "frames": 95, "tokens": 30})],
    ids=["mel", "mel_window"],
)
def test_mel(name, options, host):
    conditioner = build(host, name, **options).eval()
    payload = ReferenceAudio(clip(), role="source")
    feature = conditioner.prepare(payload)
    cost = conditioner.cost(example(REFERENCE_AUDIO))
    assert cost == ConditionerCost(tokens_of(conditioner, feature), 0.0, numbers_of(feature))
    absent = conditioner.cost(example())
    assert absent == ConditionerCost(tokens_of(conditioner, None))


@pytest.mark.parametrize("given", [True, False])
def test_transcript(given, host):
    conditioner = build(host, "transcript", text_width=32, positions=64, tokens=24)
    feature = conditioner.prepare(Transcript("Good morning.")) if given else None
    cost = conditioner.cost(example(TRANSCRIPT) if given else example())
    assert cost == ConditionerCost(tokens_of(conditioner, feature))


@pytest.mark.parametrize("timeline", ["segments", "seconds"])
def test_synchformer(timeline, host):
    options = {"seconds": SECONDS, "timeline": timeline, "local": {}}
    conditioner, shown = build(host, "synchformer", **options), video()
    frames = conditioner.prepare(shown)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        (feature,) = conditioner.encode_frozen([frames])
    cost = conditioner.cost(example(VIDEO, seconds=shown.seconds))
    assert cost.tokens == tokens_of(conditioner, feature)
    assert cost.feature_numbers == numbers_of(feature)
    assert cost.frozen_flop == counter.get_total_flops()
    assert conditioner.cost(example()) == ConditionerCost(tokens_of(conditioner, None))


def video():
    found = demo_video()
    assert isinstance(found, VideoClip)
    return found


@pytest.mark.parametrize("kind", ["mllm", "mllm_window"])
@pytest.mark.parametrize("watches", [False, True], ids=["text", "video"])
def test_prompts(kind, watches, host):
    window = {"tokens": 16} if kind == "mllm_window" else {}
    conditioner = build(host, kind, local={"width": 64, "layers": 3}, **window)
    text = "A dog barks while rain falls on a tin roof, far away. " * 3
    shown = video() if watches else None
    prepared = conditioner.prepare(Prompt(text, video=shown))
    plain = conditioner.token_count(Prompt(text))
    seconds = SECONDS if shown is None else shown.seconds
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        (feature,) = conditioner.encode_frozen([prepared])
    shape = example(*([VIDEO] if watches else []), seconds=seconds, prompt_tokens=plain)
    cost = conditioner.cost(shape)
    # Marks around a video are tokens too, and an `mllm_window` watches for a fixed time.
    near = 3 if watches else 0
    if not (watches and kind == "mllm_window"):
        assert cost.tokens == pytest.approx(tokens_of(conditioner, feature), abs=near)
        assert cost.frozen_flop == pytest.approx(counter.get_total_flops(), rel=0.15)
    assert cost.tokens <= (16 if kind == "mllm_window" else 2048)
    assert cost.feature_numbers == cost.tokens * 64


def test_learned_queries_are_as_many_as_there_are(host):
    options = {"local": {"width": 64}, "features": "query", "queries": 5}
    conditioner = build(host, "mllm", **options)
    assert conditioner.cost(example()).tokens == 5
    options = {"local": {"width": 64}, "features": "metaquery", "queries": 5}
    assert build(host, "mllm", **options).cost(example()) is None


def test_the_published_prompt_with_a_video(host):
    """3600 tokens of 50 frames, brought to the 2048 of the window (release contract, 2.1)."""
    with torch.device("meta"):
        conditioner = build(host, "mllm_window", model="Qwen/Qwen2.5-Omni-3B")
    text = conditioner.cost(example(prompt_tokens=120))
    seen = conditioner.cost(example(VIDEO, seconds=10.96, prompt_tokens=120))
    assert (text.tokens, seen.tokens) == (120, 2048)
    weights = 2 * (3720 * 2.77e9 + 4 * 3600 * 0.669e9)
    assert seen.frozen_flop == pytest.approx(weights, rel=0.1)


def test_a_conditioner_that_says_nothing_is_unknown(host):
    assert build(host, "t5", local={}).cost(example()) is None
    assert parse_config(ConditionerUse, {"name": "t5"}, where="").options == {}
