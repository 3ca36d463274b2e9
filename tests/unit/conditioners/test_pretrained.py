"""Networks of transformers that are loaded by name or built on the spot: what all share."""

import copy
import pickle

import numpy as np
import pytest
import torch
from audio_omni.conditioners.clap.conditioner import ClapConditioner
from audio_omni.conditioners.clip.conditioner import ClipConditioner
from audio_omni.conditioners.pretrained.local_tokenizer import build_tokenizer
from audio_omni.conditioners.t5.conditioner import T5Conditioner
from audio_omni.conditioners.videomae.conditioner import VideoMaeConditioner
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.media.video import VideoClip
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from safetensors.torch import load_file

WIDTH = 24
SMALL = {"width": 32, "layers": 1, "heads": 4}
READERS = [T5Conditioner, ClapConditioner]
WATCHERS = [ClipConditioner, VideoMaeConditioner]
ALL = READERS + WATCHERS


def build(kind, **options):
    options = options if "model" in options else {"local": SMALL, **options}
    config = parse_config(kind.config_model, options, where="Conditioner")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind(config, WIDTH).eval()


def clip(seed=0, frames=40):
    pixels = np.random.default_rng(seed).integers(0, 256, (frames, 24, 32, 3), np.uint8)
    return VideoClip.of_frames(pixels, 20.0)


def payload(kind, seed=0):
    if kind in WATCHERS:
        return clip(seed)
    samples = torch.randn(1, 8000, generator=torch.Generator().manual_seed(seed))
    audio = Waveform(0.1 * samples, 16000) if kind is ClapConditioner else None
    return Prompt(["A dog barks.", "Slow music."][seed], audio=audio)


def tokens(conditioner, *payloads):
    features = conditioner.encode_frozen([conditioner.prepare(item) for item in payloads])
    with torch.no_grad():
        return conditioner(features)


@pytest.fixture(scope="module", params=ALL, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def folder(kind, tmp_path_factory):
    """A folder as the hub has them: config, safetensors, and what prepares the inputs."""
    path = tmp_path_factory.mktemp(kind.__name__)
    pretrained = build(kind).pretrained
    for part in (pretrained.network, pretrained.tokenizer, pretrained.extractor):
        if part is not None:
            part.save_pretrained(path)
    return path


def test_a_folder_gives_what_was_saved_in_it(kind, folder):
    loaded, local = build(kind, model=str(folder)), build(kind)
    assert loaded.frozen_digest() == local.frozen_digest()
    item = payload(kind)
    torch.testing.assert_close(tokens(loaded, item).tokens, tokens(local, item).tokens)


def test_precision_is_that_of_the_config(kind, folder):
    conditioner = build(kind, model=str(folder), dtype="bfloat16")
    network = conditioner.pretrained.network
    assert next(network.parameters()).dtype is torch.bfloat16
    exact, rough = (tokens(c, payload(kind)).tokens for c in (build(kind), conditioner))
    assert rough.dtype is torch.float32
    torch.testing.assert_close(rough, exact, atol=0.2, rtol=0)
    assert next(conditioner.double().pretrained.network.parameters()).dtype is torch.bfloat16


def test_a_network_that_is_not_there_says_how_to_get_it(kind):
    with pytest.raises(ConfigError, match=r"hf download nobody/nothing --revision v2`, set `downl"):
        build(kind, model="nobody/nothing", revision="v2")


def test_pickled_weights_are_refused(kind, folder, tmp_path):
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save(load_file(folder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        build(kind, model=str(tmp_path))


@pytest.mark.parametrize("options", [{}, {"local": SMALL, "model": "a/b"}])
def test_exactly_one_network_is_named(kind, options):
    with pytest.raises(ConfigError, match="expected exactly one"):
        parse_config(kind.config_model, options, where="Conditioner")


def test_local_weights_follow_from_the_seed_and_nothing_else(kind):
    before = torch.random.get_rng_state()
    one, same = build(kind), build(kind)
    assert torch.equal(torch.random.get_rng_state(), before)
    other = build(kind, local={**SMALL, "seed": 1})
    assert one.frozen_digest() == same.frozen_digest() != other.frozen_digest()


def test_only_projections_are_trained_and_saved(kind):
    conditioner = build(kind)
    names = {name for name, _ in conditioner.named_parameters()}
    assert names == set(conditioner.state_dict())
    assert {name.split(".")[0] for name in names} <= {"project", "project_audio", "null", "when"}
    network = conditioner.train().pretrained.network
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())


def test_copies_share_the_network_and_pickles_carry_it(kind):
    conditioner = build(kind)
    item = payload(kind)
    before = tokens(conditioner, item).tokens
    copied = copy.deepcopy(conditioner)
    assert copied.pretrained is conditioner.pretrained
    assert copied.null is not conditioner.null
    again = pickle.loads(pickle.dumps(conditioner))
    assert again.frozen_digest() == conditioner.frozen_digest()
    torch.testing.assert_close(tokens(again, item).tokens, before, atol=0, rtol=0)


def test_the_network_follows_to_the_device(kind):
    conditioner = build(kind)
    conditioner.to("meta")
    assert {weight.device.type for weight in conditioner.pretrained.network.parameters()} == {
        "meta"
    }


def test_a_folder_is_counted_without_loading_weights(kind, folder):
    with torch.device("meta"):
        conditioner = kind(kind.config_model(model=str(folder)), WIDTH)
    network = conditioner.pretrained.network
    assert {weight.device.type for weight in network.parameters()} == {"meta"}
    whole = build(kind).pretrained.network
    assert [w.shape for w in network.parameters()] == [w.shape for w in whole.parameters()]


def test_unlike_payloads_have_unlike_features(kind):
    conditioner = build(kind)
    one, two = (tokens(conditioner, payload(kind, seed)).tokens[0] for seed in (0, 1))
    one, two = one.mean(dim=0), two.mean(dim=0)
    assert (one - two).norm() > 0.1 * one.norm()


@pytest.mark.parametrize("kind", READERS)
def test_long_prompts_are_refused(kind):
    conditioner = build(kind, max_tokens=10)
    conditioner.prepare(Prompt("a dog barks"))
    with pytest.raises(RequestError, match=r"The prompt has \d\d tokens; expected at most max_to"):
        conditioner.prepare(Prompt("a dog barks " * 10))


@pytest.mark.parametrize("begins", [True, False])
def test_the_tokenizer_knows_words_and_spells_all_others(begins):
    tokenizer = build_tokenizer(2048, begins=begins)
    marks = 2 if begins else 1
    assert len(tokenizer) <= 2048
    assert len(tokenizer("a dog barks")["input_ids"]) == 3 + marks
    text = "Ein Löwe brüllt, 猫 und 🦁."
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text
    again = build_tokenizer(2048, begins=begins)
    assert again(text)["input_ids"] == tokenizer(text)["input_ids"]
