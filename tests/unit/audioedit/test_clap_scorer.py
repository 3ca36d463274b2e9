"""CLAP as a scorer: nothing random is left, vectors are unit vectors, weights have a name."""

import hashlib
import shutil

import numpy as np
import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.providers.clap import ClapConfig, ClapScorer, windows
from tiny_networks.folders import save_clap

RATE = 44100


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_clap(tmp_path_factory.mktemp("clap") / "tiny")


@pytest.fixture(scope="module")
def scorer(folder):
    return ClapScorer(ClapConfig(model=str(folder)))


def tone(hz: float, seconds: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.2, 3.0, 10.0, 23.0])
def test_the_same_clip_has_the_same_vector_twice(scorer, seconds):
    clip = tone(440, seconds)
    np.testing.assert_array_equal(
        scorer.embed_audio([clip], RATE), scorer.embed_audio([clip], RATE)
    )


def test_vectors_have_unit_length(scorer):
    audio = scorer.embed_audio([tone(200, 1), tone(3000, 12)], RATE)
    text = scorer.embed_text(["dog barking", "the sound of rain"])
    assert audio.shape == text.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(audio, axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(text, axis=1), 1, atol=1e-9)


def test_no_item_depends_on_its_batch(scorer):
    clips = [tone(200, 1), tone(3000, 12), tone(900, 4)]
    texts = ["dog", "a very long text that is padded by nobody", "rain"]
    together = scorer.embed_audio(clips, RATE)
    for k, clip in enumerate(clips):
        np.testing.assert_array_equal(together[k], scorer.embed_audio([clip], RATE)[0])
    words = scorer.embed_text(texts)
    for k, text in enumerate(texts):
        np.testing.assert_array_equal(words[k], scorer.embed_text([text])[0])


def test_vectors_are_those_of_the_network(scorer, folder):
    """Against transformers' own processor, where it draws nothing: 10 s at 48 kHz."""
    from transformers import ClapModel, ClapProcessor

    network = ClapModel.from_pretrained(folder).eval()
    processor = ClapProcessor.from_pretrained(folder)
    clip = np.random.default_rng(0).standard_normal(480000).astype(np.float32)
    inputs = processor(audio=clip, text=["a dog"], sampling_rate=48000, return_tensors="pt")
    out = network(**inputs)
    np.testing.assert_allclose(
        scorer.embed_audio([clip], 48000)[0], out.audio_embeds[0].detach().numpy(), atol=1e-5
    )
    np.testing.assert_allclose(
        scorer.embed_text(["a dog"])[0], out.text_embeds[0].detach().numpy(), atol=1e-5
    )


def test_sounds_differ_and_words_differ(scorer):
    audio = scorer.embed_audio([tone(200, 1), tone(3000, 1)], RATE)
    text = scorer.embed_text(["dog barking", "rain"])
    assert audio[0] @ audio[1] < 1 - 1e-6
    assert text[0] @ text[1] < 1 - 1e-6


def test_windows_cover_a_clip():
    clip = np.arange(480000 * 2 + 30000, dtype=np.float32)
    cut = windows(clip)
    assert cut.shape == (4, 480000)
    assert [int(w[0]) for w in cut] == [0, 240000, 480000, 510000]
    short = windows(np.ones(200000, np.float32))
    assert short.shape == (1, 480000)
    assert short.sum() == 400000
    assert windows(np.zeros(0, np.float32)).shape == (1, 480000)


def test_weights_are_named_by_their_file(scorer, folder):
    data = (folder / "model.safetensors").read_bytes()
    assert scorer.weights_sha256() == hashlib.sha256(data).hexdigest()


def test_fingerprint_follows_content_and_not_the_place(scorer, folder, tmp_path):
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder, copy)
    moved = ClapScorer(ClapConfig(model=str(copy)))
    assert moved.fingerprint() == scorer.fingerprint()
    config = copy / "preprocessor_config.json"
    config.write_text(config.read_text().replace('"frequency_min": 50', '"frequency_min": 60'))
    assert ClapScorer(ClapConfig(model=str(copy))).fingerprint() != scorer.fingerprint()
    (copy / "model.safetensors").unlink()
    assert moved.weights_sha256() == scorer.weights_sha256()  # read once: it is large


def test_what_is_not_there_is_told():
    missing = ClapScorer(ClapConfig(model="laion/no-such-clap"))
    with pytest.raises(ConfigError, match=r"hf download laion/no-such-clap"):
        missing.check()
    with pytest.raises(ConfigError, match="cannot be loaded"):
        missing.weights_sha256()


def test_a_network_that_draws_crops_is_refused(tmp_path):
    fusing = ClapScorer(ClapConfig(model=str(save_clap(tmp_path / "fused", fuses=True))))
    with pytest.raises(ConfigError, match="fuses crops that are drawn at random"):
        fusing.check()


def test_another_ear_is_refused(tmp_path):
    other = ClapScorer(ClapConfig(model=str(save_clap(tmp_path / "ear", max_length_s=5))))
    with pytest.raises(ConfigError, match="hears 240000 samples at 48000 Hz; expected 480000"):
        other.check()
