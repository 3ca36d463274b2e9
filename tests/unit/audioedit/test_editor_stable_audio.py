"""Editing with Stable Audio Open: a tiny model of the library's own classes, random weights."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.core.flow.editing import controls, methods
from audio_omni.plugins.audioedit.providers.contract import Clip, ProviderFailure
from audio_omni.plugins.audioedit.providers.editor_stable_audio import (
    StableAudioEditor,
    StableAudioEditorConfig,
)

diffusers = pytest.importorskip(
    "diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'"
)
import tiny_stable_audio  # noqa: E402 - it needs diffusers
from audio_omni.plugins.audioedit.providers.stable_audio import StableAudio  # noqa: E402
from audio_omni.plugins.audioedit.providers.stable_audio_flow import (  # noqa: E402
    StableAudioFlow,
)

RATE = tiny_stable_audio.RATE
QUICK = {"steps": 8, "strengths": (0.5, 1.0)}


def tone(hertz, rate=RATE, seconds=0.5):
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def clip(samples, rate=RATE):
    return Clip("a", samples, rate, "0" * 64, {})


@pytest.fixture(scope="module")
def backbone():
    return StableAudio(tiny_stable_audio.tiny_pipe(), "cpu")


def editor(backbone, **options):
    made = StableAudioEditor(StableAudioEditorConfig(**{**QUICK, **options}))
    made.__dict__["backbone"] = backbone
    return made


def flow(backbone, texts, *, scale=1.0, seed=0, samples=None):
    samples = tone(440) if samples is None else samples
    return StableAudioFlow(backbone, samples, texts, seed=seed, steps=8, guidance_scale=scale)


def coded(backbone, samples):
    return backbone.decode(backbone.encode(samples), len(samples))


@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("rate", [RATE, 44100])
def test_equal_texts_and_scales_give_the_clip_back_as_it_is_coded(backbone, strength, rate):
    sound = clip(tone(440, rate), rate)
    made = editor(backbone, guidance_scale=1.0)
    again = made.apply(made.invert(sound, "a dog", 3), "a dog", strength)
    assert again.shape == sound.samples.shape
    if rate == RATE:
        np.testing.assert_allclose(again, coded(backbone, sound.samples), atol=1e-4)


def test_another_text_gives_another_sound_and_the_seed_decides(backbone):
    made, sound = editor(backbone), clip(tone(440))

    def edit(text, seed):
        return made.apply(made.invert(sound, "a dog", seed), text, 1.0)

    first = edit("a goose honking", 3)
    assert float(np.abs(first - edit("a bell", 3)).max()) > 1e-3
    torch.manual_seed(99)
    np.testing.assert_array_equal(first, edit("a goose honking", 3))
    assert float(np.abs(first - edit("a goose honking", 4)).max()) > 1e-3


def test_one_inversion_serves_every_strength_and_text(backbone):
    made = editor(backbone)
    inverted = made.invert(clip(tone(440)), "a dog", 3)
    calls = []
    inner = backbone._pipe.transformer.forward
    backbone._pipe.transformer.forward = lambda *a, **k: calls.append(len(a[0])) or inner(*a, **k)
    try:
        for strength, steps in ((0.5, 4), (1.0, 8)):
            calls.clear()
            made.apply(inverted, "a goose", strength)
            assert sum(calls) == 2 * steps  # with and without the text, and no inversion
    finally:
        backbone._pipe.transformer.forward = inner
    with pytest.raises(ConfigError, match="beyond the strongest"):
        made.apply(inverted, "a goose", 1.5)


def test_the_velocity_is_guided_as_the_pipeline_guides(backbone):
    """v_null + s (v_text − v_null), the null without words but with the clip's length."""
    text = backbone.text("a dog", 0.5)
    z = torch.randn(2, 8, 1000, generator=torch.manual_seed(0))
    t = torch.tensor([0.3, 0.9])
    told, twice, none = (backbone.velocity(text, s)(z, t) for s in (1.0, 2.0, 0.0))
    torch.testing.assert_close(twice, 2 * told - none, rtol=1e-4, atol=1e-4)
    assert float((told - none).abs().max()) > 1e-3
    alone = backbone.velocity(text, 1.0)(z[:1], t[:1])
    torch.testing.assert_close(told[:1], alone, rtol=1e-4, atol=1e-5)


def test_clips_are_copied_to_both_channels_and_only_as_long_as_they_are(backbone):
    samples = tone(440)
    latent = backbone.encode(samples)
    assert latent.shape == (1, 8, len(samples) // 8)  # not the whole window
    assert backbone.encode(samples[:-3]).shape == latent.shape
    quiet = backbone.encode(0.01 * samples)
    assert float((quiet - latent).abs().max()) > 0.01  # nothing is normalised
    other = backbone.text("a dog", 1.0)
    assert float((other.seconds - backbone.text("a dog", 0.5).seconds).abs().max()) > 1e-4


METHODS = {
    "sdedit": methods.SdEdit(0.5),
    "ode": methods.OdeInversion(0.5),
    "edit_friendly": methods.EditFriendlyInversion(0.5),
    "flow_edit": methods.FlowEdit(0.5),
}


@pytest.mark.parametrize("name", METHODS)
def test_every_editor_works_with_it(backbone, name):
    samples = tone(440)
    (same,) = METHODS[name].edit(flow(backbone, ("a dog", "a dog")))
    (other,) = METHODS[name].edit(flow(backbone, ("a dog", "a goose honking"), scale=4.0))
    assert same.shape == other.shape == (1, len(samples))
    assert float((same - other).abs().max()) > 1e-4
    away = float(np.abs(same[0].numpy() - coded(backbone, samples)).max())
    if name != "sdedit":  # which keeps nothing but what is under its noise
        assert away < 1e-3


def test_controls_work_with_it_too(backbone):
    bound = flow(backbone, ("a dog", "a dog"))
    (copied,) = controls.Copy().edit(bound)
    np.testing.assert_array_equal(copied[0].numpy(), tone(440))
    (through,) = controls.ThroughCodec().edit(bound)
    np.testing.assert_allclose(through[0].numpy(), coded(backbone, tone(440)), atol=1e-6)


def test_a_clip_that_is_too_long_is_refused(backbone):
    long = clip(tone(440, seconds=2.7))
    with pytest.raises(ProviderFailure, match=r"2\.7 s is longer than the model's 2\.6 s"):
        editor(backbone).invert(long, "a dog", 0)


def test_a_saved_model_is_checked_and_loaded_without_its_scheduler(tmp_path):
    pipe = tiny_stable_audio.save_as_published(tmp_path / "model")
    made = StableAudioEditor(StableAudioEditorConfig(model=str(tmp_path / "model"), **QUICK))
    made.check()
    mine, theirs = made.backbone, StableAudio(pipe, "cpu")
    z, t = torch.randn(1, 8, 500, generator=torch.manual_seed(0)), torch.tensor([0.4])
    with torch.no_grad():
        torch.testing.assert_close(
            *(m.velocity(m.text("a dog barking", 0.25), 3.0)(z, t) for m in (mine, theirs))
        )
    (tmp_path / "model" / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"model/vae has no \*\.safetensors"):
        made.check()


@pytest.mark.parametrize(
    ("model", "told"),
    [("nobody/nothing", "hf download nobody/nothing"), ("runs/here/none", "there is no folder")],
)
def test_a_model_that_is_not_there_is_told(model, told):
    gone = StableAudioEditor(StableAudioEditorConfig(model=model, **QUICK))
    with pytest.raises(ConfigError, match=f"stable_audio_editor.*{told}"):
        gone.check()


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(PluginError, match=r"audio-omni\[diffusers\]"):
        StableAudioEditor(StableAudioEditorConfig()).check()


def test_naming_it_loads_no_torch():
    code = (
        "import sys; import audio_omni.plugins.audioedit.providers.builtin; "
        "sys.exit('torch' in sys.modules or 'diffusers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
