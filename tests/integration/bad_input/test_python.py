"""The same from Python: one clear error, of a class that can be caught."""

import numpy as np
import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import AudioOmniError, CheckpointError, MediaError, RequestError
from audio_omni.core.media.waveform import Waveform

RATE = 16000


@pytest.fixture(scope="module")
def model(workspace):
    return AudioOmni.from_pretrained(workspace / "run")


def clip(samples, rate=RATE):
    return Waveform(samples, rate)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (None, RequestError, "is a NoneType; expected the path"),
        (np.zeros(RATE), RequestError, "is a ndarray; expected the path"),
        (clip(torch.zeros(RATE)), MediaError, r"samples \(16000,\)"),
        (clip(torch.zeros(1, RATE, dtype=torch.int16)), MediaError, "torch.int16; expected"),
        (clip(torch.zeros(1, 0)), MediaError, "has 0 samples"),
        (clip(torch.full((1, RATE), torch.nan)), MediaError, "not finite"),
        (clip(torch.zeros(1, RATE), 0), MediaError, "a sample rate of 0 Hz"),
        (clip(torch.zeros(1, RATE), 15991), MediaError, "Cannot resample 15991"),
    ],
)
def test_bad_waveforms_from_python(model, source, error, words):
    with pytest.raises(error, match=words):
        model.edit("remove", source, description="a dog", steps=1)


def test_a_waveform_of_doubles_is_converted_and_told(model):
    doubles = clip(torch.zeros(1, RATE, dtype=torch.float64))
    result = model.edit("remove", doubles, description="a dog", steps=1)
    assert result.provenance["conversions"] == ["converted torch.float64 → torch.float32"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.run("juggle", prompt="x"), "Unknown task 'juggle'"),
        (lambda m: m.run("text_to_audio"), "field 'prompt' is required"),
        (lambda m: m.generate("x", second=1), "unknown field 'second'. Did you mean 'seconds'"),
        (lambda m: m.generate("x", seed=1.5), "Got the seed 1.5"),
        (lambda m: m.generate("x", task="remove"), "field 'source_audio' is required"),
        (lambda m: m.run_batch("T2A", []), "Got 0 items"),
        (lambda m: m.run_batch("T2A", ["x"]), "Got a str for task 'text_to_audio'"),
        (lambda m: m.run_batch("T2A", [{"prompt": "x"}], seeds=[1, 2]), "1 items with 2 seeds"),
    ],
)
def test_bad_calls_from_python(model, call, words):
    with pytest.raises(AudioOmniError, match=words):
        call(model)


def test_a_folder_without_a_model_is_told_from_python(tmp_path):
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        AudioOmni.from_pretrained(tmp_path)
