"""AudioLDM2 as editor: what goes in comes back, at its gain, with what the model cannot make."""

import json
import sys

import numpy as np
import pytest
import torch
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.plugins.audioedit.providers.audioldm2 import (
    MELS,
    QUIET,
    AudioLdm2,
    Level,
    log_mel,
)
from audio_omni.plugins.audioedit.providers.contract import Clip, Refusal
from audio_omni.plugins.audioedit.providers.editor_diffusers import (
    DiffusersEditor,
    DiffusersEditorConfig,
)
from pydantic import ValidationError

QUICK = {"steps": 6, "strengths": (0.5, 1.0), "guidance_scale": 1.0, "source_guidance_scale": 1.0}


def tone(hz, rate, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def clip(samples, rate=44100):
    return Clip("a", samples.astype(np.float32), rate, "0" * 64)


def test_bandwidth_has_to_be_chosen():
    with pytest.raises(ValidationError, match="bandwidth"):
        DiffusersEditorConfig()


@pytest.mark.parametrize("strengths", [(0.6, 0.5), (0.5, 0.5), (0.0, 0.5), (0.5, 1.1)])
def test_strengths_have_to_rise_within_0_and_1(strengths):
    with pytest.raises(ConfigError, match="weakest first"):
        DiffusersEditor(DiffusersEditorConfig(bandwidth="reject", strengths=strengths))


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(PluginError, match=r"audio-omni\[diffusers\]"):
        DiffusersEditor(DiffusersEditorConfig(bandwidth="reject")).check()


@pytest.mark.parametrize("gain", [1e-3, 0.1, 1.0, 7.0])
def test_level_that_is_taken_is_given_back(gain):
    samples = (gain * tone(440, 16000) + 0.03 * gain).astype(np.float32)
    level = Level.of(samples)
    taken = level.taken_from(samples)
    assert float(np.abs(taken).max()) == pytest.approx(0.5, rel=1e-4)
    assert abs(float(taken.mean())) < 1e-5
    np.testing.assert_allclose(level.given_back_to(taken), samples, atol=1e-6 * gain)


def test_silence_stays_silence():
    silence = np.zeros(100, np.float32)
    level = Level.of(silence)
    assert not level.taken_from(silence).any()
    assert not level.given_back_to(np.ones(100, np.float32)).any()


def test_mel_is_ten_milliseconds_by_64_bands_with_the_tone_where_it_is():
    low, high = (
        log_mel(torch.from_numpy(tone(hz, 16000).astype(np.float32))) for hz in (300, 3000)
    )
    assert low.shape == high.shape == (101, MELS)
    assert int(low[50].argmax()) < int(high[50].argmax())
    assert float(log_mel(torch.zeros(16000)).max()) == pytest.approx(np.log(QUIET))


@pytest.fixture(scope="module")
def backbone():
    pytest.importorskip("diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'")
    from tiny_audioldm2 import tiny_pipe

    return AudioLdm2(tiny_pipe(), "cpu")


def editor(backbone, **options):
    made = DiffusersEditor(DiffusersEditorConfig(**{"bandwidth": "match_both", **QUICK, **options}))
    made.__dict__["backbone"] = backbone
    return made


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_equal_texts_and_scales_give_the_latents_back(backbone, strength):
    from audio_omni.plugins.audioedit.providers import ddpm_inversion

    made = editor(backbone)
    sound = clip(0.3 * tone(440, 16000), 16000)
    inverted = made.invert(sound, "a dog", 3)
    x_0 = backbone.encode(Level.of(sound.samples).taken_from(sound.samples))
    maps = inverted.maps.last(round(6 * strength))
    with torch.no_grad():
        back = ddpm_inversion.apply(made._predict("a dog", 1.0), maps)
    torch.testing.assert_close(back, x_0, rtol=1e-4, atol=1e-4)
    again = made.apply(inverted, "a dog", strength)
    level = Level.of(sound.samples)
    coded = level.given_back_to(backbone.decode(x_0, len(sound.samples)))
    assert float(np.abs(coded).std()) > 0.01
    np.testing.assert_allclose(again, coded, atol=1e-3)


def test_another_text_gives_another_sound(backbone):
    made = editor(backbone)
    inverted = made.invert(clip(0.3 * tone(440, 16000), 16000), "a dog", 3)
    dog, goose = (made.apply(inverted, text, 1.0) for text in ("a dog", "a goose honking"))
    assert float(np.abs(dog - goose).max()) > 1e-3


def test_an_edit_has_the_gain_of_its_clip(backbone):
    made = editor(backbone)
    loud, quiet = (clip(gain * tone(440, 44100)) for gain in (0.5, 0.005))
    edits = [made.apply(made.invert(one, "a dog", 3), "a goose", 0.5) for one in (loud, quiet)]
    np.testing.assert_allclose(edits[0], 100 * edits[1], atol=1e-4)
    assert float(np.abs(edits[0]).std()) > 0.01


def test_an_offset_comes_back(backbone):
    made = editor(backbone)
    plain = clip(0.3 * tone(440, 16000), 16000)
    moved = clip(plain.samples + np.float32(0.05), 16000)
    edits = [made.apply(made.invert(one, "a dog", 3), "a goose", 0.5) for one in (plain, moved)]
    np.testing.assert_allclose(edits[1], edits[0] + 0.05, atol=1e-3)


def band_energy(samples, rate, low, high):
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / rate)
    return float(power[(hz >= low) & (hz < high)].sum())


def test_transplant_puts_the_clips_own_highs_there(backbone):
    sound = clip(0.3 * tone(440, 44100) + 0.1 * tone(12000, 44100))
    edits = {}
    for bandwidth in ("transplant", "match_both"):
        made = editor(backbone, bandwidth=bandwidth)
        edits[bandwidth] = made.apply(made.invert(sound, "a dog", 3), "a goose", 0.5)
        assert made.limits_hz() == (8000.0 if bandwidth == "match_both" else None)
    whole = band_energy(sound.samples, 44100, 9000, 22050)
    assert band_energy(edits["transplant"], 44100, 9000, 22050) == pytest.approx(whole, rel=0.01)
    assert band_energy(edits["match_both"], 44100, 9000, 22050) < 1e-3 * whole


def test_reject_refuses_what_has_highs_and_takes_what_has_none(backbone):
    made = editor(backbone, bandwidth="reject")
    refusal = made.invert(clip(0.3 * tone(440, 44100) + 0.1 * tone(12000, 44100)), "a dog", 3)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "bandwidth"
    assert not isinstance(made.invert(clip(0.3 * tone(440, 44100)), "a dog", 3), Refusal)


def test_the_seed_decides_and_nothing_else(backbone):
    made, sound = editor(backbone), clip(0.3 * tone(440, 16000), 16000)

    def edit(seed):
        return made.apply(made.invert(sound, "a dog", seed), "a goose honking", 1.0)

    first = edit(3)
    torch.manual_seed(99)
    np.testing.assert_array_equal(first, edit(3))
    assert float(np.abs(first - edit(4)).max()) > 1e-3


def test_weights_that_are_not_there_are_asked_for(tmp_path):
    pytest.importorskip("diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'")
    options = DiffusersEditorConfig(bandwidth="reject", model="nobody/nothing")
    with pytest.raises(ConfigError, match="hf download nobody/nothing"):
        DiffusersEditor(options).check()
    options = DiffusersEditorConfig(bandwidth="reject", model=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="there is no folder"):
        DiffusersEditor(options).check()


def model_folder(folder, weights):
    """Files as diffusers lays them out; the scheduler has no weights, and one part is left out."""
    index = {"_class_name": "X", "unet": ["diffusers", "U"], "vae": ["diffusers", "V"],
             "scheduler": ["diffusers", "S"], "gone": [None, None]}  # fmt: skip
    for part in ("unet", "vae", "scheduler"):
        (folder / part).mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(weights)
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"v")
    return str(folder)


def test_the_weights_of_all_parts_have_one_hash_wherever_they_lie(tmp_path):
    def hash_of(name, weights):
        folder = model_folder(tmp_path / name, weights)
        options = DiffusersEditorConfig(bandwidth="reject", model=folder)
        return DiffusersEditor(options).weights_sha256()

    one, moved, other = hash_of("one", b"u"), hash_of("moved", b"u"), hash_of("other", b"w")
    assert one == moved != other
    assert len(one) == 64
