import pytest
from audio_omni.core.training.config import TrainConfig
from audio_omni.core.training.pace import Pace


def test_a_slow_start_does_not_spoil_the_estimate():
    now = 0.0
    pace = Pace(TrainConfig(steps=103), lambda: now, elapsed_s=0.0)
    for took in (60.0, 1.0, 3.0):
        began, now = now, now + took
        pace.end_step(10, began)
    assert pace.examples_per_s == pytest.approx(10 / 3)
    assert pace.seconds_left(3) == pytest.approx(200.0)


def test_minutes_bound_progress_and_the_estimate_over_a_resume():
    now = 100.0
    pace = Pace(TrainConfig(steps=1000, max_minutes=1), lambda: now, elapsed_s=30.0)
    now = 115.0
    pace.end_step(10, began=100.0)
    assert pace.elapsed_s == 45.0
    assert pace.progress(1) == pytest.approx(0.75)
    assert pace.seconds_left(1) == pytest.approx(15.0)
    assert not pace.is_out_of_time()
    now = 130.0
    assert pace.is_out_of_time()
