import time

import pytest
from audio_omni.core.stopwatch import Stopwatch, section


def test_inner_sections_count_for_themselves():
    watch = Stopwatch()
    with watch.running():
        with section("outer"):
            time.sleep(0.02)
            with section("inner"):
                time.sleep(0.05)
        with section("inner"):
            time.sleep(0.01)
    assert watch.seconds["outer"] == pytest.approx(0.02, abs=0.015)
    assert watch.seconds["inner"] == pytest.approx(0.06, abs=0.02)
    watch.reset()
    assert watch.seconds == {}


def test_without_a_stopwatch_nothing_is_timed():
    watch = Stopwatch()
    with section("alone"):
        pass
    assert watch.seconds == {}


def test_the_device_is_waited_for_at_both_ends_and_after_errors():
    calls = []
    watch = Stopwatch(lambda: calls.append(1))
    with watch.running(), pytest.raises(ValueError, match="broken"), section("part"):
        raise ValueError("broken")
    assert len(calls) == 2
    assert "part" in watch.seconds


def test_seconds_are_those_of_the_clock_it_was_given():
    told = iter((10.0, 12.0, 15.0, 21.0))
    watch = Stopwatch(clock=lambda: next(told))
    with watch.running(), section("outer"), section("inner"):
        pass
    assert watch.seconds == {"inner": 3.0, "outer": 8.0}
