"""What CLAP, Whisper and WavLM are fed with, and what they refuse."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.signal
import torch
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.embedders.clap import ClapEmbedder
from audio_omni.evaluation.embedders.clap_windows import HOP, WINDOW, quantised, windows
from audio_omni.evaluation.embedders.config import ClapConfig, SpeakerConfig, WhisperConfig
from audio_omni.evaluation.embedders.fourier_resampling import fourier_resample
from audio_omni.evaluation.embedders.speaker import WavlmSpeaker
from audio_omni.evaluation.embedders.weights import FOLDER_VARIABLE
from audio_omni.evaluation.embedders.whisper import WhisperTranscriber
from safetensors.torch import load_file
from tiny_networks import folders
from torch.nn import functional


def noise(seed, seconds, rate=48000):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(0.1 * torch.randn(1, round(rate * seconds), generator=generator), rate)


def clap(folder, **options):
    return ClapEmbedder(ClapConfig(weights=str(folder), device="cpu", **options))


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory):
    return folders.save_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def fused_folder(tmp_path_factory):
    return folders.save_clap(tmp_path_factory.mktemp("fused"), fuses=True)


@pytest.fixture(scope="module")
def whisper_folder(tmp_path_factory):
    return folders.save_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def golden(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    case = next(case for case in cases if case["id"] == "clap/front_end")
    return case["outputs"], load_file(folder / "metrics.safetensors")


@pytest.mark.parametrize("kind", ["unfused", "fused"])
def test_spectrograms_are_those_of_laion(golden, request, kind):
    outputs, tensors = golden
    folder = request.getfixturevalue("clap_folder" if kind == "unfused" else "fused_folder")
    wave = Waveform(tensors["clap/fe/wave"][None], 48000)
    heard = clap(folder, quantise=True).prepare(wave)
    assert heard.shape == (1, 1 if kind == "unfused" else 4, 1001, 64)
    rows = heard[0, 0, outputs["rows"]]
    torch.testing.assert_close(rows, tensors[f"clap/fe/{kind}"], atol=0.005, rtol=0)


def test_short_clips_are_repeated_whole(golden):
    outputs, tensors = golden
    (window,) = windows(quantised(tensors["clap/fe/wave"]))
    assert len(window) == outputs["quantised_then_repeatpadded_samples"]
    repeats, length = outputs["repeats"], len(tensors["clap/fe/wave"])
    assert torch.equal(window[:length], window[(repeats - 1) * length : repeats * length])
    assert torch.equal(window[repeats * length :], torch.zeros(outputs["zero_tail_samples"]))


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [(10.0, [0]), (12.0, [0, 2]), (15.0, [0, 5]), (20.0, [0, 5, 10]), (21.0, [0, 5, 10, 11])],
)
def test_windows_reach_every_sample_and_none_is_drawn(seconds, starts):
    clip = torch.arange(round(seconds * 48000), dtype=torch.float32)
    found = windows(clip)
    assert found.shape[1] == WINDOW == 2 * HOP
    assert [int(own[0]) // 48000 for own in found] == starts
    assert torch.equal(windows(clip, first_only=True), clip[None, :WINDOW])


def test_a_long_clip_is_the_mean_of_unit_vectors(clap_folder):
    embedder, clip = clap(clap_folder), noise(0, 15)
    parts = [replace(clip, samples=clip.samples[:, start : start + WINDOW]) for start in (0, HOP)]
    heard = embedder.embed([embedder.prepare(own) for own in (clip, *parts)])
    whole, *windows_ = (found["embedding"] for found in heard)
    torch.testing.assert_close(whole, torch.stack(windows_).mean(dim=0))
    assert all(abs(float(own.norm()) - 1) < 1e-5 for own in windows_)
    first = clap(clap_folder, windows="first10")
    torch.testing.assert_close(first.embed([first.prepare(clip)])[0]["embedding"], windows_[0])


def test_no_clip_is_marked_as_longer_by_chance(fused_folder, monkeypatch):
    embedder = clap(fused_folder)
    marked = []
    listen = embedder.network.get_audio_features
    monkeypatch.setattr(
        embedder.network,
        "get_audio_features",
        lambda **given: marked.append(given["is_longer"]) or listen(**given),
    )
    embedder.embed([embedder.prepare(noise(0, 1)), embedder.prepare(noise(1, 1))])
    assert marked
    assert not torch.cat(marked).any()


def test_texts_beside_one_another_change_nothing(clap_folder):
    embedder = clap(clap_folder)
    texts = ["a dog barks", "rain", "a dog barks", "word " * 200]
    together = [found["embedding"] for found in embedder.embed_text(texts)]
    assert torch.equal(together[0], together[2])
    alone = [embedder.embed_text([text])[0]["embedding"] for text in texts]
    torch.testing.assert_close(torch.cat(together), torch.cat(alone))
    assert functional.cosine_similarity(together[0], together[1]) < 0.999


def test_spectrograms_from_zero_hertz_are_refused(tmp_path):
    folders.save_clap(tmp_path, frequency_min=0)
    with pytest.raises(ConfigError, match=r"frequency_min, .* \(0, 48000, 10, 'rand_trunc'\)"):
        clap(tmp_path)


def test_missing_networks_say_what_to_do(tmp_path, monkeypatch, clap_folder):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(clap_folder.parent / "nowhere"))
    steps = r"hf download laion/clap-htsat-unfused.*AUDIO_OMNI_EMBEDDERS/clap"
    with pytest.raises(ConfigError, match="'laion/clap-htsat-unfused' cannot be loaded.*" + steps):
        ClapEmbedder()
    (tmp_path / "clap").symlink_to(clap_folder, target_is_directory=True)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    found = ClapEmbedder(ClapConfig(device="cpu"))
    assert found.weights == clap(clap_folder).weights
    assert found.fingerprint() == clap(clap_folder).fingerprint()
    assert "download" not in found.fingerprint()["options"]


@pytest.mark.parametrize("have", [999, 1000])
@pytest.mark.parametrize("count", [363, 500, 999, 1000, 1501, 3000])
def test_fourier_resampling_is_that_of_scipy(have, count):
    clip = np.random.default_rng(0).standard_normal(have)
    expected = scipy.signal.resample(clip, count)
    np.testing.assert_allclose(fourier_resample(clip, count), expected, atol=1e-12)


def test_whisper_refuses_what_it_cannot_hear(whisper_folder, tmp_path):
    whisper = WhisperTranscriber(WhisperConfig(weights=str(whisper_folder), device="cpu"))
    with pytest.raises(RequestError, match=r"clip of 30\.50 s; expected at most 30 s"):
        whisper.prepare(noise(0, 30.5, 16000))
    with pytest.raises(ConfigError, match="does not know 'xx'; expected one of en, zh"):
        WhisperTranscriber(WhisperConfig(weights=str(whisper_folder), language="xx"))
    english = folders.save_whisper(tmp_path, multilingual=False)
    with pytest.raises(ConfigError, match="does not know 'zh, transcribe'"):
        WhisperTranscriber(WhisperConfig(weights=str(english), language="zh"))
    WhisperTranscriber(WhisperConfig(weights=str(english)))


@pytest.mark.parametrize(
    ("options", "marks"),
    [
        ({}, ["en", "transcribe"]),
        ({"language": "zh"}, ["zh", "transcribe"]),
        ({"task": "translate"}, ["en", "translate"]),
    ],
)
def test_whisper_is_told_language_and_task(whisper_folder, options, marks):
    whisper = WhisperTranscriber(
        WhisperConfig(weights=str(whisper_folder), device="cpu", **options)
    )
    began = []
    whisper.network.model.decoder.register_forward_pre_hook(
        lambda _, positional, named: began.append(named["input_ids"][0]), with_kwargs=True
    )
    (found,) = whisper.embed([whisper.prepare(noise(0, 3, 22050))])
    told = whisper.processor.tokenizer.convert_ids_to_tokens(began[0])
    assert told == [f"<|{m}|>" for m in ("startoftranscript", *marks, "notimestamps")]
    assert found["text"]
    assert "<|" not in found["text"]


def test_voices_need_two_moments(tmp_path):
    folders.save_wavlm(tmp_path)
    speaker = WavlmSpeaker(SpeakerConfig(weights=str(tmp_path), device="cpu"))
    shortest = speaker.shortest_samples
    clip = noise(0, 1, 16000)
    heard = speaker.prepare(replace(clip, samples=clip.samples[:, :shortest]))
    assert torch.isfinite(speaker.embed([heard])[0]["embedding"]).all()
    with pytest.raises(RequestError, match=r"expected at least 0\.325 s of speech"):
        speaker.prepare(replace(clip, samples=clip.samples[:, : shortest - 1]))
