"""The released model's log-mel front end; numbers from ../shared/goldens/mel_tiny."""

import json

import pytest
import torch
from audio_omni.core.media.mel import LogMel
from safetensors.torch import load_file

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def golden(shared_dir):
    folder = shared_dir / "goldens"
    if not (folder / "mel_tiny.safetensors").is_file():
        pytest.skip("needs goldens/mel_tiny in the shared folder")
    settings = json.loads((folder / "mel_tiny.json").read_text())
    log_mel = LogMel(
        sample_rate_hz=settings["sample_rate"],
        fft_size=settings["n_fft"],
        hop=settings["hop"],
        mels=settings["n_mels"],
    )
    return log_mel, load_file(folder / "mel_tiny.safetensors")


def test_filters_and_window(golden):
    log_mel, expected = golden
    torch.testing.assert_close(
        log_mel.filterbank, expected["out/mel/filterbank"], atol=TOLERANCE, rtol=0
    )
    torch.testing.assert_close(log_mel.window, expected["out/mel/window"], atol=1e-6, rtol=0)


def test_spectrogram(golden):
    log_mel, expected = golden
    result = log_mel(expected["in/common/wav"])
    assert result.shape == expected["out/mel/log_mel"].shape
    # Single precision errs by a part of the loudest bin; a logarithm blows that up in quiet ones.
    got, wanted = result.double().exp(), expected["out/mel/log_mel"].double().exp()
    assert ((got - wanted).abs() / (wanted + 0.01 * wanted.max())).max() < TOLERANCE
