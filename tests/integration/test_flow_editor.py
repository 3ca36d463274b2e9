"""A trained model as editor of sounds: what goes in comes back, at its level, and once inverted."""

import os

import numpy as np
import pytest
import torch
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train
from audio_omni.plugins.audioedit.providers.contract import Clip, Place, ProviderFailure
from audio_omni.plugins.audioedit.providers.editor_flow import FlowEditor, FlowEditorConfig
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from tiny_networks.pipelines import micro_pipeline

RATE = 16000
EVEN = {"guidance_scale": 1.0, "steps": 10, "strengths": (0.5, 0.8), "model": "here"}


@pytest.fixture(scope="module")
def pipeline(host):
    return micro_pipeline(host)


@pytest.fixture
def editor(pipeline):
    def made(**options):
        provider = FlowEditor(FlowEditorConfig(**{**EVEN, **options}))
        provider.__dict__["pipeline"] = pipeline
        return provider

    return made


def clip(gain=0.3, rate=RATE, seconds=1.0):
    tone = gain * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return Clip("a", tone.astype(np.float32), rate, "0" * 64)


def through_codec(editor, sound):
    flow = editor.invert(sound, "a hum", 5).flow
    with torch.no_grad():
        (made,) = flow.decode(flow.encode())
    return made.mean(dim=0).numpy()


@pytest.mark.parametrize("strength", [0.5, 0.8])
@pytest.mark.parametrize("gain", [0.3, 0.003])
def test_equal_texts_give_the_sound_back_at_its_level(editor, strength, gain):
    made, sound = editor(), clip(gain)
    back = made.apply(made.invert(sound, "a hum", 5), "a hum", strength)
    np.testing.assert_allclose(back, through_codec(made, sound), atol=2e-2 * gain)


def test_the_latents_themselves_come_back(editor):
    from audio_omni.core.flow.editing import edit_friendly

    made = editor()
    inverted = made.invert(clip(), "a hum", 5)
    flow = inverted.flow.retold([made._bound(clip(), "a hum", "a hum").target])
    with torch.no_grad(), flow.integrating():
        back = edit_friendly.apply(flow.velocity("target", 1.0), inverted.mapped.maps)
    torch.testing.assert_close(back, flow.encode(), rtol=1e-4, atol=1e-4)


def test_a_weaker_strength_is_what_an_inversion_of_its_own_gives(editor):
    """With maps whose noises are the same: the path of the stronger one from there on."""
    made = editor()
    inverted = made.invert(clip(), "a hum", 5)
    weak = made.apply(inverted, "a dog barking", 0.5)
    strong = made.apply(inverted, "a dog barking", 0.8)
    assert float(np.abs(weak - strong).max()) > 1e-4
    again = made.apply(inverted, "a dog barking", 0.5)
    np.testing.assert_array_equal(weak, again)


def test_one_inversion_serves_many_texts(editor, pipeline):
    made = editor()
    inverted = made.invert(clip(), "a hum", 5)
    calls = inverted.flow.network_calls
    edits = [made.apply(inverted, text, 0.8) for text in ("a dog barking", "rain", "a bell")]
    assert inverted.flow.network_calls == calls == 8
    assert float(np.abs(edits[0] - edits[1]).max()) > 1e-4


@pytest.mark.parametrize("together", [1, 2, 8])
def test_many_texts_together_give_what_each_gives_alone(editor, together):
    made = editor(guidance_scale=3.0, texts_together=together)
    inverted = made.invert(clip(), "a hum", 5)
    texts = ["a dog barking", "rain", "a hum"]
    found = made.apply_many(inverted, texts, 0.8)
    assert len(found) == 3
    for text, edit in zip(texts, found, strict=True):
        np.testing.assert_allclose(edit, made.apply(inverted, text, 0.8), atol=2e-3)
    assert np.abs(found[0] - found[1]).max() > 0.02
    other = made.apply_many(inverted, ["a dog barking", "hail", "thunder"], 0.8)
    np.testing.assert_array_equal(other[0], found[0])  # whatever is edited beside it


def test_targets_have_to_fit_the_recordings(editor):
    made = editor()
    flow = made.invert(clip(), "a hum", 5).flow
    with pytest.raises(ValueError, match="Got 0 targets for 1 recordings; expected as many"):
        flow.retold([])


def test_an_edit_has_rate_and_length_of_its_clip(editor):
    made = editor()
    sound = clip(rate=44100, seconds=0.7)
    edit = made.apply(made.invert(sound, "a hum", 5), "rain", 0.5)
    assert edit.shape == sound.samples.shape
    assert edit.dtype == np.float32


def test_strengths_are_on_the_grid_of_steps(editor):
    assert editor(strengths=(0.73, 0.89)).strengths() == (0.7, 0.9)
    made = editor()
    inverted = made.invert(clip(), "a hum", 5)
    with pytest.raises(ConfigError, match="beyond the strongest"):
        made.apply(inverted, "rain", 0.9)


def test_a_clip_longer_than_the_models_fails_for_good(editor):
    with pytest.raises(ProviderFailure) as failure:
        editor().invert(clip(seconds=60), "a hum", 5)
    assert not failure.value.retryable


def test_a_run_is_loaded_by_its_folder(host, micro, tmp_path):
    train(micro("train.steps=1"), host, tmp_path / "run")
    options = FlowEditorConfig(**{**EVEN, "model": str(tmp_path / "run"), "device": "cpu"})
    provider = FlowEditor(options)
    provider.bind(Place(tmp_path, host))
    provider.check()
    edit = provider.apply(provider.invert(clip(), "a hum", 5), "rain", 0.5)
    assert np.isfinite(edit).all()
    other = FlowEditor(options.model_copy(update={"model": str(tmp_path / "none")}))
    assert other.fingerprint() != provider.fingerprint()
    assert provider.weights_sha256() == load_checkpoint(tmp_path / "run").digest
    assert other.weights_sha256() is None


def test_a_folder_without_a_model_is_refused_before_work(host, tmp_path):
    provider = FlowEditor(FlowEditorConfig(**{**EVEN, "model": str(tmp_path)}))
    provider.bind(Place(tmp_path, host))
    with pytest.raises(CheckpointError):
        provider.check()


def test_a_run_is_checked_without_its_weights_and_what_shows_later_ends_the_run(
    host, micro, tmp_path
):
    train(micro("train.steps=1"), host, tmp_path / "run")
    (weights,) = (tmp_path / "run").rglob("dit.safetensors")
    with weights.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x7f")  # one value is another: its header cannot tell
    options = {**EVEN, "model": str(tmp_path / "run"), "device": "cpu"}
    provider = FlowEditor(FlowEditorConfig(**options))
    provider.bind(Place(tmp_path, host))
    provider.check()
    assert "pipeline" not in vars(provider)
    with pytest.raises(StopRun, match="is not the file that was saved"):
        provider.invert(clip(), "a hum", 5)
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size - 1)
    with pytest.raises(CheckpointError, match=r"dit\.safetensors is damaged"):
        provider.check()
