"""How clips are brought to the networks: ours, and as two tools do it."""

import json

import pytest
import torch
from audio_omni.core.errors import ConfigError, MediaError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.embedders.loading import load
from safetensors.torch import load_file

CLIPS = {"stereo_44100_1p1s": 44100, "mono_32000_2p4s": 32000, "mono_16000_0p9s": 16000}
TOOLS = {"audioldm_eval": "audioldm", "av_bench": "avbench"}


@pytest.fixture(scope="module")
def goldens(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    return {case["id"]: case for case in cases}, load_file(folder / "metrics.safetensors")


def clip_of(tensors, name):
    samples = tensors[f"loading/{name}/wave"]
    return Waveform(samples.reshape(-1, samples.shape[-1]), CLIPS[name])


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", CLIPS)
def test_clips_are_loaded_as_by_the_tools(goldens, name, tool):
    _, tensors = goldens
    loaded = load(clip_of(tensors, name), 16000, loading=tool)
    expected = tensors[f"loading/{name}/{TOOLS[tool]}"].reshape(1, -1)
    torch.testing.assert_close(loaded.samples, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", CLIPS)
def test_ours_pads_nothing_and_keeps_the_mean(goldens, name):
    cases, tensors = goldens
    clip = clip_of(tensors, name)
    loaded = load(clip, 16000)
    expected = cases[f"loading/{name}"]["outputs"]["correct_unpadded_samples"]
    assert loaded.samples.shape == (1, expected)
    raised = Waveform(clip.samples + 0.1, clip.sample_rate_hz)
    difference = load(raised, 16000).samples - loaded.samples
    torch.testing.assert_close(difference.mean(), torch.tensor(0.1), atol=1e-3, rtol=0)


def test_what_is_done_is_recorded():
    clip = Waveform(torch.full((2, 4000), 0.1), 8000)
    loaded = load(clip, 16000, loading="audioldm_eval", cut_seconds=0.25)
    assert loaded.conversions == (
        "took the first of 2 channels",
        "subtracted its mean",
        "resampled 8000 → 16000 Hz",
        "cropped 0.500 s to 0.000 … 0.250 s",
        "padded 0.250 → 2.000 s with silence",
    )
    assert load(clip, 8000, shortest=4960).conversions[-1] == "padded 0.500 → 0.620 s with silence"


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_kaiser_best_keeps_what_both_rates_hold(rate):
    """A tone stays what it is, and the edges are the only place where it fades."""
    times = torch.arange(rate // 2) / rate
    clip = Waveform(torch.sin(2 * torch.pi * 1000 * times)[None], rate)
    loaded = load(clip, 16000, loading="torchvggish")
    expected = torch.sin(2 * torch.pi * 1000 * torch.arange(8000) / 16000)
    assert loaded.samples.shape == (1, 8000)
    inside = slice(400, -400)
    torch.testing.assert_close(loaded.samples[0, inside], expected[inside], atol=1e-3, rtol=0)
    assert loaded.conversions == (f"resampled {rate} → 16000 Hz (kaiser_best)",)


def test_bad_clips_and_cuts():
    with pytest.raises(MediaError, match="0 samples"):
        load(Waveform(torch.zeros(1, 0), 16000), 16000)
    with pytest.raises(MediaError, match="not finite"):
        load(Waveform(torch.tensor([[0.0, torch.inf]]), 16000), 16000)
    with pytest.raises(ConfigError, match="leaves no sample at 16000 Hz"):
        load(Waveform(torch.zeros(1, 9), 16000), 16000, cut_seconds=1e-5)
