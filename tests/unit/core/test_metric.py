import json
import pickle

import numpy as np
import pytest
import torch
from audio_omni import Config, Measured, Metric, UndefinedError, Waveform, measure_rows
from audio_omni.core.bootstrap import bootstrap_interval
from audio_omni.core.errors import ConfigError, RequestError


class PeakConfig(Config):
    floor: float = 0.0


class Peak(Metric):
    name, unit, direction = "peak", "1", "lower"
    config_model = PeakConfig

    def score(self, clip):
        return float(clip.generated.samples.abs().max())


def clip(peak):
    return Measured(Waveform(torch.full((1, 8), peak), 8000))


def test_value_n_and_interval_of_clips():
    metric = Peak()
    for peak in (0.1, 0.2, 0.6):
        metric.update(clip(peak))
    result = metric.compute()
    assert result.value == pytest.approx(0.3)
    assert result.n == 3
    low, high = result.interval
    assert low < 0.3 < high
    json.dumps(result.to_dict())


def test_halves_merge_to_the_whole():
    whole, left, right = Peak(), Peak(), Peak()
    for i, peak in enumerate((0.1, 0.4, 0.9, 0.2)):
        whole.update(clip(peak))
        (left if i % 2 else right).update(clip(peak))
    left.merge_state(right)
    assert left.compute().value == pytest.approx(whole.compute().value, abs=1e-12)
    assert left.compute().n == 4


@pytest.mark.filterwarnings("error")
def test_no_clip_is_an_error_not_a_number():
    with pytest.raises(ConfigError, match="was given no clip"):
        Peak().compute()


def test_an_interval_is_the_same_whether_it_is_drawn_at_once_or_not(monkeypatch):
    values = np.random.default_rng(1).normal(size=300)
    whole = bootstrap_interval(values)
    monkeypatch.setattr("audio_omni.core.bootstrap.MOST_DRAWN", 300 * 7)
    assert bootstrap_interval(values) == pytest.approx(whole, abs=0.02)
    assert whole[0] < values.mean() < whole[1]


class LoudPeak(Peak):
    def score(self, clip):
        value = super().score(clip)
        if value < 0.05:
            raise UndefinedError(f"A peak of {value}: too quiet.", "too quiet")
        return value


def test_rows_without_a_value_are_counted_by_reason_beside_the_others():
    result = measure_rows(LoudPeak(), [clip(peak) for peak in (0.1, 0.01, 0.3, 0.02)])
    assert (result.value, result.n) == (pytest.approx(0.2), 2)
    assert (result.undefined, result.flags) == ({"too quiet": 2}, ("rows_undefined",))
    json.dumps(result.to_dict())
    whole = measure_rows(LoudPeak(), [clip(peak) for peak in (0.1, 0.3)])
    assert (whole.undefined, whole.flags) == ({}, ())


def test_without_a_value_for_any_row_there_is_no_number():
    with pytest.raises(UndefinedError, match=r"'peak' has no value for any row: too quiet \(2 row"):
        measure_rows(LoudPeak(), [clip(0.01), clip(0.02)])
    with pytest.raises(ConfigError, match="was given no clip"):
        measure_rows(LoudPeak(), [])


def test_an_error_without_a_value_travels_between_processes():
    again = pickle.loads(pickle.dumps(UndefinedError("A peak of 0.", "too quiet")))
    assert (str(again), again.reason) == ("A peak of 0.", "too quiet")


def test_what_a_row_lacks_is_not_taken_for_a_missing_value():
    class Lacking(Peak):
        def score(self, clip):
            raise RequestError("no reference")

    with pytest.raises(RequestError, match="no reference"):
        measure_rows(Lacking(), [clip(0.5)])


def test_one_clip_has_no_interval():
    assert bootstrap_interval(np.array([1.0])) is None


def test_unlike_fingerprints_refuse_to_be_compared():
    first, second = Peak(), Peak(PeakConfig(floor=0.5))
    first.update(clip(0.5))
    second.update(clip(0.25))
    with pytest.raises(ConfigError, match=r"compared: options.floor: 0.0 against 0.5$"):
        first.compute().compare(second.compute())


def test_like_fingerprints_compare():
    first, second = Peak(), Peak()
    first.update(clip(0.5))
    second.update(clip(0.25))
    assert first.compute().compare(second.compute()) == pytest.approx(0.25)
    assert first.fingerprint() == second.fingerprint()
