import math

import pytest
import torch
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.config import (
    LogMelDistanceConfig,
    LsdConfig,
    SiSdrConfig,
)
from audio_omni.evaluation.metrics.log_mel_distance import (
    LogMelDistance,
    LogMelDistanceInside,
    LogMelDistanceOutside,
)
from audio_omni.evaluation.metrics.lsd import Lsd, LsdInside, LsdOutside, lsd_per_frame
from audio_omni.evaluation.metrics.si_sdr import SiSdr
from audio_omni.evaluation.metrics.spectral import power_spectrum

RATE = 16000
EVERY = [Lsd, LogMelDistance, SiSdr]


def noise(seed=0, seconds=1.0, gain=0.1, rate=RATE):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(torch.randn(1, int(seconds * rate), generator=generator) * gain, rate)


def changed(clip, start_s, end_s, gain):
    samples = clip.samples.clone()
    samples[:, int(start_s * RATE) : int(end_s * RATE)] *= gain
    return Waveform(samples, clip.sample_rate_hz)


def measured(generated, reference, **truth):
    return Measured(generated=generated, reference=reference, truth=truth)


@pytest.mark.parametrize("metric", [Lsd, LogMelDistance])
def test_a_copy_is_exactly_zero_from_itself(metric):
    assert metric().score(measured(noise(), noise())) == 0.0


@pytest.mark.parametrize("metric", [Lsd, LogMelDistance])
def test_silence_is_further_than_another_noise(metric):
    quiet = Waveform(torch.zeros(1, RATE), RATE)
    other = metric().score(measured(noise(1), noise()))
    assert 0 < other < metric().score(measured(quiet, noise()))


def test_known_gain_gives_the_gain_in_decibels():
    clip = measured(changed(noise(), 0, 1, 0.5), noise())
    options = LsdConfig(floor_dbfs=-200.0, unit="decibel", sample_rate_hz=None)
    assert Lsd(options).score(clip) == pytest.approx(20 * math.log10(2), abs=1e-4)
    options = LogMelDistanceConfig(floor_dbfs=-200.0)
    assert LogMelDistance(options).score(clip) == pytest.approx(20 * math.log10(2), abs=1e-4)


def test_units_differ_by_their_factor():
    clip = measured(noise(1), noise())
    plain = Lsd(LsdConfig()).score(clip)
    assert Lsd(LsdConfig(unit="decibel")).score(clip) == pytest.approx(10 * plain)
    assert Lsd(LsdConfig(unit="natural")).score(clip) == pytest.approx(math.log(10) * plain)


def test_the_unit_of_the_result_is_the_options():
    metric = Lsd(LsdConfig(unit="decibel"))
    metric.update(measured(noise(1), noise()))
    assert metric.compute().unit == "dB"


def test_floor_decides_how_far_quiet_noise_is():
    clip = measured(noise(1, gain=10 ** (-90 / 20)), Waveform(torch.zeros(1, RATE), RATE))
    at = [Lsd(LsdConfig(floor_dbfs=floor)).score(clip) for floor in (-80.0, -100.0, -120.0)]
    assert at[0] < at[1] < at[2]


def test_band_limit_leaves_out_what_lies_above():
    t = torch.arange(RATE) / RATE
    high = noise().samples + 0.2 * torch.sin(2 * torch.pi * 7000 * t)
    clip = measured(Waveform(high, RATE), noise())
    below = Lsd(LsdConfig(band_limit_hz=6000.0)).score(clip)  # not 0: the clip's edges click
    assert below < 0.1 * Lsd(LsdConfig()).score(clip)


def test_lower_rates_are_resampled_to_the_definition_and_fingerprinted():
    clip = measured(noise(1), noise())
    at_44k, native = Lsd(), Lsd(LsdConfig(sample_rate_hz=None))
    assert at_44k.score(clip) < native.score(clip)  # empty bins above 8 kHz agree
    for metric in (at_44k, native):
        metric.update(clip)
    with pytest.raises(ConfigError, match="resampler"):
        at_44k.compute().compare(native.compute())


@pytest.mark.parametrize(
    ("inside", "outside"),
    [(LsdInside, LsdOutside), (LogMelDistanceInside, LogMelDistanceOutside)],
)
def test_regions_see_only_their_frames(inside, outside):
    clip = measured(changed(noise(), 0.3, 0.7, 0.2), noise(), span=[[0.2, 0.8]])
    assert inside().score(clip) > 0.2
    assert outside().score(clip) < 1e-6


def test_a_frame_belongs_to_the_span_that_holds_its_centre():
    """At 44.1 kHz frame i is centred on i · 512 samples; the span's end is not in it."""
    rate, hop = 44100, 512
    reference = noise(seconds=0.5, rate=rate)
    generated = noise(1, seconds=0.5, rate=rate)
    span = [[10 * hop / rate, 20 * hop / rate]]
    frames = lsd_per_frame(generated.samples[0].double(), reference.samples[0].double())
    clip = measured(generated, reference, span=span)
    assert LsdInside().score(clip) == pytest.approx(float(frames[10:20].mean()))
    rest = torch.cat([frames[:10], frames[20:]])
    assert LsdOutside().score(clip) == pytest.approx(float(rest.mean()))


def test_one_pair_of_numbers_is_a_span():
    clip = measured(noise(1), noise(), span=[0.2, 0.8])
    several = measured(noise(1), noise(), span=[[0.2, 0.5], [0.5, 0.8]])
    assert LsdInside().score(clip) == pytest.approx(LsdInside().score(several))


@pytest.mark.parametrize("span", [None, [], [[0.5, 0.2]], [1, 2, 3]])
def test_a_region_without_spans_is_refused(span):
    with pytest.raises(RequestError, match=r"needs truth\['span'\]"):
        LsdInside().score(measured(noise(1), noise(), span=span))


def test_an_empty_region_is_refused():
    with pytest.raises(RequestError, match="no frame outside"):
        LsdOutside().score(measured(noise(1), noise(), span=[[0.0, 9.0]]))


@pytest.mark.parametrize("metric", EVERY)
def test_a_clip_without_reference_is_refused(metric):
    with pytest.raises(RequestError, match="has none"):
        metric().score(Measured(generated=noise()))


@pytest.mark.parametrize("metric", EVERY)
def test_unlike_rates_are_refused(metric):
    with pytest.raises(RequestError, match="16000 Hz and its reference at 8000 Hz"):
        metric().score(measured(noise(), noise(rate=8000)))


@pytest.mark.parametrize("metric", EVERY)
def test_lengths_within_a_hop_are_cut_and_logged(metric, caplog):
    caplog.set_level("INFO")
    longer = Waveform(torch.cat([noise().samples, torch.ones(1, 50)], dim=1), RATE)
    cut = metric().score(measured(longer, noise()))
    assert "cut by" in caplog.text
    assert cut == pytest.approx(metric().score(measured(noise(), noise())), abs=0.1)


@pytest.mark.parametrize("metric", EVERY)
def test_lengths_further_apart_are_refused(metric):
    with pytest.raises(RequestError, match="within one hop"):
        metric().score(measured(noise(seconds=1.1), noise()))


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_non_finite_audio_is_refused(metric, bad):
    broken = Waveform(noise().samples.clone(), RATE)
    broken.samples[0, 7] = bad
    with pytest.raises(RequestError, match="non-finite"):
        metric().score(measured(broken, noise()))


@pytest.mark.parametrize("metric", [Lsd, LogMelDistance])
def test_a_clip_shorter_than_half_a_window_is_refused(metric):
    with pytest.raises(RequestError, match="half an analysis window"):
        metric().score(measured(noise(seconds=0.01), noise(seconds=0.01)))


def test_stereo_is_measured_as_its_mean():
    left = torch.cat([noise().samples, noise(1).samples])
    both = Waveform(left, RATE)
    mono = Waveform(left.mean(dim=0, keepdim=True), RATE)
    assert Lsd().score(measured(both, mono)) < 1e-4


def test_si_sdr_of_added_orthogonal_noise():
    t = torch.arange(RATE) / RATE
    reference = torch.sin(2 * torch.pi * 100 * t)[None]
    error = 0.1 * torch.sin(2 * torch.pi * 200 * t)[None]
    clip = measured(Waveform(reference + error, RATE), Waveform(reference, RATE))
    assert SiSdr().score(clip) == pytest.approx(20.0, abs=1e-3)
    louder = measured(Waveform(3 * (reference + error), RATE), Waveform(reference, RATE))
    assert SiSdr().score(louder) == pytest.approx(20.0, abs=1e-3)


def test_si_sdr_is_held_within_its_limit():
    assert SiSdr(SiSdrConfig(limit_db=80)).score(measured(noise(), noise())) == pytest.approx(
        80.0, abs=1e-6
    )
    quiet = Waveform(torch.zeros(1, RATE), RATE)
    assert SiSdr().score(measured(quiet, noise())) == -100.0


def test_si_sdr_refuses_a_silent_reference():
    with pytest.raises(RequestError, match="silent reference"):
        SiSdr().score(measured(noise(), Waveform(torch.zeros(1, RATE), RATE)))


def test_one_metric_measures_several_outputs_of_a_pair_like_one_each():
    """The reference is transformed once; another one, or another length of it, is not mistaken."""
    long, short = noise(2, seconds=0.5), noise(2, seconds=0.5)
    silent = long.converted(long.samples * 0.0, "silenced")
    cut = long.converted(long.samples[:, :-100], "cut")
    clips = [measured(noise(1, seconds=0.5), long), measured(silent, long), measured(cut, long),
             measured(silent, noise(3, seconds=0.5)), measured(silent, short)]  # fmt: skip
    together = Lsd()
    assert [together.score(clip) for clip in clips] == [Lsd().score(clip) for clip in clips]


def test_digital_silence_has_the_power_that_its_transform_has():
    window = torch.hann_window(2048, dtype=torch.float64)
    silent = torch.zeros(44100, dtype=torch.float64)
    whole = torch.stft(silent, 2048, 512, window=window, center=True, return_complex=True)
    assert torch.equal(power_spectrum("lsd", silent, n_fft=2048, hop=512), whole.abs().square())
