"""What a synthetic pair must be: heard, at full length, of a background that can be levelled."""

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.packing import collect
from audio_omni.plugins.audioedit.synthesis.audible import is_audible, loudest_window
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000


def tone(hz, level, seconds=1.0):
    t = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


@pytest.mark.parametrize(
    ("event", "background", "heard"),
    [
        (tone(1000, 0.1), tone(1000, 0.1), True),
        (tone(1000, 0.01), tone(1000, 0.1), False),  # 20 dB under, in its own band
        (tone(4000, 0.01), tone(300, 0.1), True),  # in a band of its own
        (tone(1000, 0.003), tone(4000, 0.0), False),  # under −45 dBFS
    ],
)
def test_an_event_is_heard_or_masked(event, background, heard):
    assert is_audible(event, background, RATE) is heard


def knock(length, place, level=0.3, width=160):
    """A knock of 10 ms at a place of an event that is silent otherwise."""
    samples = np.zeros(length, np.float32)
    rng = np.random.default_rng(0)
    samples[place : place + width] = level * rng.standard_normal(width) * np.hanning(width)
    return samples


@given(st.integers(200, 60_000), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_knock_is_heard_wherever_in_its_event_it_is(length, where):
    """No frame is left out at the end, and no taper takes what stands at an edge."""
    place = int(where * (length - 160))
    event = knock(length, place)
    start, level = loudest_window(event, RATE)
    assert start <= place
    assert place + 160 <= start + max(RATE // 4, length)
    assert level > -45
    assert is_audible(event, np.full(length, 1e-4, np.float32), RATE)


def test_a_knock_is_held_against_what_sounds_with_it():
    """Over its whole length a knock is 18 dB weaker than steady noise; where it is, it is not."""
    rng = np.random.default_rng(1)
    noise = (0.09 * rng.standard_normal(3 * RATE)).astype(np.float32)
    event = knock(3 * RATE, 2 * RATE)
    assert 10 * np.log10(np.mean(event**2) / np.mean(noise**2)) < -18
    assert is_audible(event, noise, RATE)
    burst = np.zeros(3 * RATE, np.float32)  # silence but for a much louder knock at the same time
    burst[2 * RATE : 2 * RATE + 160] = 20 * event[2 * RATE : 2 * RATE + 160]
    assert not is_audible(event, burst, RATE)
    assert is_audible(event, np.roll(burst, RATE), RATE)  # at another time it masks nothing


class Record:
    def __init__(self, id_, what):
        self.id, self.what = id_, what

    def __eq__(self, other):
        return self.what == other.what

    __hash__ = None


def test_equal_ids_are_kept_once_and_a_collision_is_refused(monkeypatch):
    def records(*made):
        monkeypatch.setattr(collect, "_records", lambda workshop, steps: iter(made))

    records(Record("a", 1), Record("b", 2), Record("a", 1))
    assert sorted(r.id for r in collect.finished(None, [])) == ["a", "b"]
    records(Record("a", 1), Record("a", 2))
    with pytest.raises(DataError, match="Two pairs are called 'a' and differ; ids are hashes"):
        collect.finished(None, [])
