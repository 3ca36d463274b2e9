"""A metric of the model beside its controls: over the same rows, and what has no value is told."""

import torch
from audio_omni import Measured, Waveform
from audio_omni.evaluation.metrics.si_sdr import SiSdr
from audio_omni.plugins.demo.comparison import compare

RATE = 8000


def noise(seed, gain=0.1):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(gain * torch.randn(1, RATE, generator=generator), RATE)


def test_rows_without_a_value_are_left_out_of_model_and_control_by_one_reason():
    silence = Waveform(torch.zeros(1, RATE), RATE)
    targets = [noise(0), silence, noise(2), silence]
    clips = [Measured(noise(10 + i), target, id=str(i)) for i, target in enumerate(targets)]
    found = compare(
        "remove", clips, SiSdr, {"the target": lambda i: Measured(targets[i], targets[i])}
    )
    assert found.ours.n == found.controls["the target"].n == 2
    assert found.left_out == {"the reference is silent": 2}
    assert found.ours.value < found.controls["the target"].value
    assert compare("remove", [clips[1]], SiSdr, {}) is None
