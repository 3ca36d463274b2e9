import copy
import os
import pickle
import subprocess
import sys

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import LocalThinkerConfig, MllmConfig
from audio_omni.conditioners.mllm.local_processor import train_vocabulary
from audio_omni.conditioners.mllm.plugin import register_conditioners
from audio_omni.core.conditioning import check_condition
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, Prompt
from audio_omni.core.specs import Injection

WIDTH = 24
SYSTEM = "You are a sound designer. Make the scene that is described."
EVENTS = (
    "dog bark",
    "bird chirp",
    "rain",
    "thunder",
    "siren",
    "bell",
    "footsteps",
    "engine",
    "clock ticking",
    "glass breaking",
    "whistle",
    "applause",
)
TEMPLATES = (
    "A {} in the distance",
    "Two sounds: first a {}, then silence",
    "{} over quiet background noise",
    "There is a loud {} at the start",
    "Please add the sound of {} to the recording",
    "We can hear {} twice",
    "Soft hum, then {}",
    "Keep only the {}",
)


def build(width=64, **options):
    return MllmConditioner(MllmConfig(local={"width": width}, **options), WIDTH)


@pytest.fixture(scope="module")
def mllm():
    return build()


@pytest.fixture(scope="module")
def clip():
    noise = torch.randn(1, 16000, generator=torch.Generator().manual_seed(0))
    return Waveform(0.1 * noise, 16000)


@pytest.fixture(scope="module")
def video():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (4, 3, 56, 56), generator=generator, dtype=torch.uint8)


def encode(mllm, *prompts):
    return mllm.encode_frozen([mllm.prepare(prompt) for prompt in prompts])


def test_spec():
    spec = register_conditioners()[0]
    assert (spec.reads, spec.injection, spec.frozen) == (PROMPT, Injection.CONTEXT, True)
    assert spec.factory == f"{MllmConditioner.__module__}:MllmConditioner"
    assert spec.config is MllmConditioner.config_model


def test_a_prompt_alone_equals_the_same_in_a_batch(mllm, clip, video):
    prompts = [
        Prompt("rain", SYSTEM),
        Prompt("a long sentence about a dog that barks at a train, twice", SYSTEM),
        Prompt("what is this", audio=clip),
        Prompt("ünï 日本 🎺"),
        Prompt("what is this", video=video, video_fps=4.0),
    ]
    together = encode(mllm, *prompts)
    for prompt, feature in zip(prompts, together, strict=True):
        torch.testing.assert_close(feature, encode(mllm, prompt)[0], atol=1e-5, rtol=0)


def test_penultimate_state_is_the_default(mllm):
    inputs = mllm.prepare(Prompt("rain"))
    with torch.no_grad():
        states = mllm.thinker.model(**inputs, output_hidden_states=True).hidden_states
    assert len(states) == 3
    torch.testing.assert_close(mllm.encode_frozen([inputs])[0], states[1][0])
    first = build(layer=0).encode_frozen([inputs])[0]
    torch.testing.assert_close(first, states[0][0])


def test_layer_that_is_not_there():
    with pytest.raises(ConfigError, match=r"got layer 3; .* to 2, or -3 to -1"):
        build(layer=3)


def test_audio_is_heard(mllm, clip):
    louder = Waveform(clip.samples.roll(4000) * torch.linspace(0, 2, 16000), 16000)
    one, other, none = encode(
        mllm, Prompt("what", audio=clip), Prompt("what", audio=louder), Prompt("what")
    )
    assert one.shape == other.shape
    assert len(one) == len(none) + 25 + 2  # 40 ms a token, between its two marks
    assert (one - other).abs().max() > 0.1


def test_audio_of_another_rate_is_resampled(mllm, clip):
    stereo = Waveform(clip.samples.repeat(2, 3)[:, :44100], 44100)
    inputs = mllm.prepare(Prompt("what", audio=stereo))
    assert int(inputs["feature_attention_mask"].sum()) == 100


def test_video_is_seen(mllm, video):
    one, other = encode(mllm, Prompt("what", video=video), Prompt("what", video=video.flip(0)))
    assert (one - other).abs().max() > 0.1
    with_video = mllm.prepare(Prompt("what", video=video, video_fps=4.0))
    assert with_video["video_grid_thw"].tolist() == [[2, 4, 4]]
    assert with_video["video_second_per_grid"].tolist() == [0.5]


def test_too_long_a_clip_is_refused_and_not_cut(mllm, clip):
    long = Waveform(clip.samples.repeat(1, 13), 16000)
    with pytest.raises(RequestError, match=r"lasts 13\.00 s; .* at most 12 s"):
        mllm.prepare(Prompt("what", audio=long))


def test_too_many_tokens_are_refused_and_not_cut():
    with pytest.raises(RequestError, match=r"at most max_tokens = 20\..*begins: 'rain rain"):
        build(max_tokens=20).prepare(Prompt("rain " * 30))


def test_control_tokens_are_refused(mllm):
    with pytest.raises(RequestError, match=r"contains '<\|im_end\|>', a control token"):
        mllm.prepare(Prompt("rain<|im_end|>"))


def test_batch_with_an_empty_slot(mllm):
    features = [*encode(mllm, Prompt("rain"), Prompt("a dog barks at the rain")), None]
    condition = mllm(features)
    check_condition("mllm", "test", condition, 3, WIDTH)
    lengths = [len(features[0]), len(features[1]), 1]
    assert condition.mask.sum(1).tolist() == lengths
    assert condition.mask[0, : lengths[0]].all()
    torch.testing.assert_close(condition.tokens[2, 0], mllm.null)
    torch.testing.assert_close(condition.tokens[0, : lengths[0]], mllm(features[:1]).tokens[0])
    assert not condition.tokens[~condition.mask].any()


def test_only_the_projection_is_trained_and_saved(mllm):
    assert set(mllm.state_dict()) == {"null", "project.weight", "project.bias"}
    assert {name for name, _ in mllm.named_parameters()} == set(mllm.state_dict())
    assert not any(weight.requires_grad for weight in mllm.thinker.model.parameters())
    mllm.train()
    assert not mllm.thinker.model.training
    mllm.eval()


def test_thinker_follows_to_the_device():
    mllm = build().to("meta")
    assert {p.device.type for p in mllm.thinker.model.parameters()} == {"meta"}


def test_weights_are_a_function_of_the_seed_alone():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = build().frozen_digest()
    # The projection of the conditioner is drawn from the global generator, as every module's.
    torch.manual_seed(2)
    assert build().frozen_digest() == first
    assert build(width=64, layer=-1).frozen_digest() == first
    other = MllmConditioner(MllmConfig(local={"width": 64, "seed": 1}), WIDTH)
    assert other.frozen_digest() != first
    from audio_omni.conditioners.mllm.local import build_local_thinker

    torch.random.set_rng_state(before)
    build_local_thinker(LocalThinkerConfig(width=64))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_vocabulary_is_the_same_in_every_process():
    code = (
        "from audio_omni.conditioners.mllm.local_processor import train_vocabulary;"
        "print(repr(train_vocabulary(600)))"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert results == {f"{train_vocabulary(600)!r}\n".encode()}


def test_pickles_for_workers(mllm):
    other = pickle.loads(pickle.dumps(mllm))
    prompt = Prompt("a dog barks", SYSTEM)
    torch.testing.assert_close(encode(other, prompt)[0], encode(mllm, prompt)[0])
    assert other.frozen_digest() == mllm.frozen_digest()
    inputs = mllm.prepare(prompt)
    assert pickle.loads(pickle.dumps(inputs)).keys() == inputs.keys()


def test_copies_share_the_frozen_weights(mllm):
    copied = copy.deepcopy(mllm)
    assert copied.thinker is mllm.thinker
    assert copied.null is not mllm.null


def test_words_of_the_domain_are_single_tokens_and_any_text_survives(mllm):
    tokenizer = mllm.thinker.processor.tokenizer
    from audio_omni.conditioners.mllm.vocabulary import TEXT

    words = sorted({word for text in TEXT for word in text.split() if word.isalpha()})
    spelt = [word for word in words if len(tokenizer.tokenize(" " + word)) > 1]
    assert spelt == []
    text = "naïve 日本 🎺\tx"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_prompts_are_told_apart_by_their_hidden_states(mllm):
    features = {
        (event, template): encode(mllm, Prompt(template.format(event), SYSTEM))[0].mean(0)
        for event in EVENTS
        for template in TEMPLATES
    }
    right = 0
    for held_out in TEMPLATES:
        seen = [template for template in TEMPLATES if template != held_out]
        # What a template says beside the event is common to all its prompts; take it away.
        common = {
            t: torch.stack([features[event, t] for event in EVENTS]).mean(0) for t in TEMPLATES
        }
        centroids = torch.stack(
            [torch.stack([features[e, t] - common[t] for t in seen]).mean(0) for e in EVENTS]
        )
        for i, event in enumerate(EVENTS):
            query = features[event, held_out] - common[held_out]
            right += int(torch.cdist(query[None], centroids).argmin()) == i
    assert right / len(EVENTS) / len(TEMPLATES) >= 0.9


def test_order_of_words_is_told_from_the_set_of_hidden_states(mllm):
    one, other = encode(mllm, Prompt("a dog then a bell"), Prompt("a bell then a dog"))
    nearest = torch.cdist(one, other).min(dim=1).values
    assert nearest.max() > 1.0  # a word's own state depends on what came before it


def test_saved_thinker_loads_by_its_folder(mllm, tmp_path):
    mllm.thinker.model.save_pretrained(tmp_path)
    mllm.thinker.processor.save_pretrained(tmp_path)
    loaded = MllmConditioner(MllmConfig(model=str(tmp_path), dtype="float32"), WIDTH)
    assert loaded.frozen_digest() == mllm.frozen_digest()
    prompt = Prompt("a dog barks", SYSTEM)
    torch.testing.assert_close(encode(loaded, prompt)[0], encode(mllm, prompt)[0])


def test_model_that_is_not_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ConfigError, match=r"'nobody/nothing' cannot be loaded.*hf download nobody"):
        MllmConditioner(MllmConfig(model="nobody/nothing"), WIDTH)


@pytest.mark.parametrize("name", ["/no/such/folder", "./thinker", "models/thinkers/small"])
def test_a_path_that_leads_nowhere_is_not_looked_for_on_the_hub(name):
    with pytest.raises(ConfigError, match=rf"there is no folder '{name}'.*Check the path\.$"):
        MllmConditioner(MllmConfig(model=name), WIDTH)


def test_pickled_weights_are_refused(mllm, tmp_path):
    mllm.thinker.processor.save_pretrained(tmp_path)
    mllm.thinker.model.config.save_pretrained(tmp_path)
    torch.save(mllm.thinker.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"cannot be loaded.*safetensors"):
        MllmConditioner(MllmConfig(model=str(tmp_path)), WIDTH)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"got neither of 'model' and 'local'"),
        ({"model": "x", "local": {"width": 64}}, r"got both of 'model' and 'local'"),
        ({"local": {"width": 60}}, r"width 60 over 4 heads.*multiple of 8"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(MllmConfig, options, where="Conditioner 'mllm'")
