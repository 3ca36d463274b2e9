"""A frame-level model as a locator: frames become spans, and nothing depends on the batch."""

import json

import numpy as np
import pytest
import torch
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.hub_network import weights_sha256
from audio_omni.plugins.audioedit.providers.contract import Clip
from audio_omni.plugins.audioedit.providers.frame_spans import spans_of
from audio_omni.plugins.audioedit.providers.pe_audio import PeAudioConfig, PeAudioLocator
from tiny_networks.folders import save_pe_audio


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_pe_audio(tmp_path_factory.mktemp("pe") / "tiny")


@pytest.fixture(scope="module")
def locator(folder):
    return PeAudioLocator(PeAudioConfig(model=str(folder), threshold=0.5, joined_s=0, least_s=0))


def clip(seconds=1.0, rate=48000, seed=0):
    rng = np.random.default_rng(seed)
    samples = 0.1 * rng.standard_normal(round(seconds * rate)).astype(np.float32)
    samples[: len(samples) // 2] *= 0.01
    return Clip("c", samples, rate, "0" * 64)


def test_frames_are_those_of_the_network(locator, folder):
    from transformers import PeAudioFrameLevelModel, PeAudioProcessor

    network = PeAudioFrameLevelModel.from_pretrained(folder).eval()
    processor = PeAudioProcessor.from_pretrained(folder)
    given = clip()
    inputs = processor.feature_extractor(given.samples, sampling_rate=48000, return_tensors="pt")
    words = processor.tokenizer("dog barking", return_tensors="pt")
    out = network(input_ids=words["input_ids"], attention_mask=words["attention_mask"], **inputs)
    wanted = torch.sigmoid(out.logits_audio_text[0, 0]).detach().numpy()
    found = locator.probabilities(given, "dog barking")
    assert found.shape == (25,)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert np.ptp(found) > 1e-3
    assert np.abs(found - locator.probabilities(given, "rain falling")).max() > 1e-3


def test_spans_are_where_frames_are_likely(folder):
    given = clip()
    own = PeAudioLocator(PeAudioConfig(model=str(folder)))
    likely = own.probabilities(given, "dog barking")
    middle = float(np.median(likely))
    own.options = own.options.model_copy(update={"threshold": middle, "joined_s": 0, "least_s": 0})
    (spans,) = own.locate([given], ["dog barking"])
    inside = np.zeros(25, bool)
    for start, end in spans:
        inside[round(start * 25) : round(end * 25)] = True
    np.testing.assert_array_equal(inside, likely >= middle)
    assert inside.any()
    assert not inside.all()


@pytest.mark.parametrize(("seconds", "rate", "frames"), [(0.01, 44100, 1), (0.5, 16000, 13)])
def test_clips_of_any_length_and_rate_have_whole_frames(locator, seconds, rate, frames):
    given = clip(seconds, rate)
    assert locator.probabilities(given, "dog").shape == (frames,)
    for start, end in locator.locate([given], ["dog"])[0]:
        assert 0 <= start < end <= len(given.samples) / rate


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [
        ("....", ()),
        ("####", ((0.0, 0.15),)),  # the last frame is not whole
        (".#.#", ((0.04, 0.15),)),  # a gap of one frame
        ("#..#", ((0.0, 0.04), (0.12, 0.15))),
    ],
)
def test_short_gaps_are_closed(frames, wanted):
    active = np.array([c == "#" for c in frames])
    assert spans_of(active, 0.04, 0.15, joined_s=0.08, least_s=0.0) == wanted


def test_short_spans_are_dropped_after_gaps_are_closed():
    active = np.array([c == "#" for c in "#....#.#.."])
    assert spans_of(active, 0.04, 0.4, joined_s=0.08, least_s=0.12) == ((0.2, 0.32),)


def test_fingerprint_follows_weights_and_thresholds_and_not_the_place(folder, tmp_path):
    def made(model, **options):
        return PeAudioLocator(PeAudioConfig(model=str(model), **options))

    other = save_pe_audio(tmp_path / "again")
    assert made(folder).fingerprint() == made(other).fingerprint()
    assert made(folder).weights_sha256() == weights_sha256(str(other), {})
    assert made(folder).fingerprint() != made(folder, threshold=0.4).fingerprint()
    weights = other / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert made(folder).fingerprint() != made(other).fingerprint()


def test_what_is_not_there_is_told(tmp_path):
    for model, told in (
        (str(tmp_path / "gone"), "there is no folder .*/gone"),
        ("nobody/nothing", "the network 'nobody/nothing' cannot be loaded"),
    ):
        with pytest.raises(ConfigError, match=f"Locator 'pe_audio': {told}"):
            PeAudioLocator(PeAudioConfig(model=model)).check()


def test_another_frame_rate_is_refused(tmp_path):
    folder = save_pe_audio(tmp_path / "other", hop_length=960)
    with pytest.raises(ConfigError, match="frames of 960 samples; expected 48000 Hz and 1920"):
        PeAudioLocator(PeAudioConfig(model=str(folder))).check()


def test_weights_in_several_files_have_one_hash(folder, tmp_path):
    from transformers import PeAudioFrameLevelModel

    network = PeAudioFrameLevelModel.from_pretrained(folder)
    network.save_pretrained(tmp_path / "parts", max_shard_size="300KB")
    index = json.loads((tmp_path / "parts" / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    found = weights_sha256(str(tmp_path / "parts"), {})
    assert len(found) == 64
    assert found != weights_sha256(str(folder), {})
