"""What a recording has to pass, at the border of each guard (spec sections 3.0 and 3.10)."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.sound.guards import bandwidth_hz, clipping, fault, to_mono

RATE = 16000
NOISE = 0.1 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)


def under(hz, rate):
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(2 * rate))
    spectrum[np.fft.rfftfreq(2 * rate, 1 / rate) > hz] = 0
    return (0.1 * np.fft.irfft(spectrum)).astype(np.float32)


def with_value(value, count):
    samples = NOISE.copy()
    samples[:count] = value
    return samples


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (NOISE, None),
        (with_value(np.nan, 1), "not_finite"),
        (with_value(np.inf, 1), "not_finite"),
        (0 * NOISE, "silent"),
        (0.0009 * np.sign(NOISE), "silent"),
        (0.0011 * np.sign(NOISE), None),
        (NOISE + 0.049, None),
        (NOISE + 0.051, "dc_offset"),
        (NOISE - 0.051, "dc_offset"),
    ],
)
def test_each_fault_has_its_border(samples, reason):
    centred = samples - NOISE.mean() if reason == "dc_offset" or reason is None else samples
    found = fault(centred.astype(np.float32))
    assert (None if found is None else found[0]) == reason


@pytest.mark.parametrize(("count", "clipped"), [(160, False), (161, True)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_percent_of_a_channel_at_full_scale_is_the_most(count, clipped, sign):
    found = clipping(with_value(sign, count)[None])
    assert (found is not None) is clipped
    if clipped:
        assert found == ("clipped", pytest.approx(count / RATE))
        assert fault(with_value(sign, count)) == found


def test_channels_that_clip_at_other_moments_are_clipped_though_their_mean_is_not():
    loud = np.clip(20 * under(3000, RATE), -1, 1)[:RATE]
    both = np.stack([loud, np.roll(0.9 * loud, 40)])
    middle = to_mono(both).samples
    assert np.abs(middle).max() < 1
    assert fault(middle) is None
    assert clipping(both)[0] == "clipped"


@pytest.mark.parametrize("gap_db", [11.0, 13.0])
def test_a_mean_12_db_under_a_channel_is_antiphase(gap_db):
    """Of a and −b the mean has half the difference of the two."""
    other = 1 - 2 * 10 ** (-gap_db / 20)
    mono = to_mono(np.stack([NOISE, -other * NOISE]).astype(np.float32))
    if gap_db > 12:
        assert mono.note == "antiphase: channel 1 taken"
        np.testing.assert_array_equal(mono.samples, NOISE)
    else:
        assert mono.note == "mixed 2 → 1 channel (mean)"
        np.testing.assert_allclose(mono.samples, 0.5 * (1 - other) * NOISE, atol=1e-7)


def test_the_louder_channel_is_taken_whichever_it_is():
    mono = to_mono(np.stack([-0.9 * NOISE, NOISE]).astype(np.float32))
    assert mono.note == "antiphase: channel 2 taken"
    np.testing.assert_array_equal(mono.samples, NOISE)


@pytest.mark.parametrize(("hz", "rate"), [(3400, 8000), (3400, 44100), (9000, 44100)])
def test_bandwidth_is_where_the_energy_ends_at_any_rate(hz, rate):
    assert bandwidth_hz(under(hz, rate), rate) == pytest.approx(hz, rel=0.02)
