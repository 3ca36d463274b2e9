"""What is measured of edits only: the rest kept, the level kept, the floor of a distance."""

import math

import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.loudness_change import LoudnessChange, loudness_lufs
from audio_omni.evaluation.metrics.lsd import Lsd, LsdBelow11k, LsdFloor80, LsdFloor120
from audio_omni.evaluation.metrics.si_sdr import SiSdr, SiSdrOutside

RATE = 16000


def noise(gain=0.1, seed=0, seconds=1.0):
    generator = torch.Generator().manual_seed(seed)
    return gain * torch.randn(1, round(seconds * RATE), generator=generator)


def measured(generated, reference, spans=((0.25, 0.5),)):
    clips = [Waveform(samples, RATE) for samples in (generated, reference)]
    return Measured(*clips, truth={"span": [list(span) for span in spans]})


def test_a_change_inside_the_spans_does_not_count_outside_them():
    kept, edited = noise(), noise()
    edited[:, 4000:8000] = noise(seed=1)[:, 4000:8000]
    assert SiSdrOutside().score(measured(edited, kept)) == 100.0
    assert SiSdr().score(measured(edited, kept)) < 10.0
    edited[:, 12000] += 0.5
    assert SiSdrOutside().score(measured(edited, kept)) < 30.0


def test_outside_equals_the_whole_with_what_is_inside_cut_out():
    made, wanted = noise(seed=2), noise()
    outside = SiSdrOutside().score(measured(made, wanted, [(0.0, 0.25), (0.75, 1.0)]))
    assert outside == SiSdr().score(measured(made[:, 4000:12000], wanted[:, 4000:12000]))


def test_what_cannot_be_measured_outside_says_why():
    with pytest.raises(RequestError, match="nothing outside"):
        SiSdrOutside().score(measured(noise(), noise(), [(0.0, 2.0)]))
    with pytest.raises(RequestError, match=r"truth\['span'\]"):
        SiSdrOutside().score(Measured(Waveform(noise(), RATE), Waveform(noise(), RATE)))
    silent = noise()
    silent[:, :4000] = silent[:, 8000:] = 0  # an extracted event: silence around it
    with pytest.raises(RequestError, match="'si_sdr_outside' got a silent reference"):
        SiSdrOutside().score(measured(noise(seed=1), silent))


@pytest.mark.parametrize("gain_db", [-12.0, -1.0, 0.0, 6.0])
def test_a_gain_changes_loudness_by_itself(gain_db):
    factor = 10 ** (gain_db / 20)
    found = LoudnessChange().score(measured(factor * noise(), noise()))
    assert found == pytest.approx(abs(gain_db), abs=0.01)


def test_silence_has_the_loudness_of_the_gate():
    assert loudness_lufs(torch.zeros(RATE), RATE) == -70.0
    found = LoudnessChange().score(measured(torch.zeros(1, RATE), noise()))
    assert found == pytest.approx(loudness_lufs(noise()[0], RATE) + 70.0)
    with pytest.raises(RequestError, match=r"at least 0.4 s"):
        LoudnessChange().score(measured(noise(seconds=0.3), noise(seconds=0.3)))


def test_a_sine_has_the_loudness_that_the_standard_says():
    """0 dBFS at 997 Hz in one channel: -3.01 LKFS (BS.1770, annex 1)."""
    at = torch.arange(5 * 48000) / 48000
    assert loudness_lufs(torch.sin(2 * math.pi * 997 * at), 48000) == pytest.approx(-3.01, abs=0.02)


def test_below_11_khz_nothing_counts_that_lies_above():
    """A system at 24 kHz loses what is above 12 kHz, and nothing else is held against it."""
    whole = noise(seed=4, seconds=44100 / RATE)
    spectrum = torch.fft.rfft(whole)
    spectrum[:, round(12000 * whole.shape[1] / 44100) :] = 0
    dull = torch.fft.irfft(spectrum, whole.shape[1])
    clip = Measured(Waveform(dull, 44100), Waveform(whole, 44100))
    assert LsdBelow11k().score(clip) < 0.01 * Lsd().score(clip)
    low = 0.5 * whole
    halved = Measured(Waveform(low, 44100), Waveform(whole, 44100))
    assert LsdBelow11k().score(halved) == pytest.approx(Lsd().score(halved), rel=0.01)


def test_the_floor_decides_what_faint_remains_cost():
    """As the spec measured: noise at -90 dBFS beside an event costs more, the lower the floor."""
    event = torch.zeros(1, 44100)
    event[:, 10000:14000] = 0.3 * noise(seed=3)[:, :4000]
    faint = event + 10 ** (-90 / 20) * torch.randn(1, 44100, generator=torch.Generator())
    clip = Measured(Waveform(faint, 44100), Waveform(event, 44100))
    low, middle, high = (metric().score(clip) for metric in (LsdFloor80, Lsd, LsdFloor120))
    assert low < 0.1 * middle
    assert 2 * middle < high
