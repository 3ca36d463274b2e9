"""What a synthetic pair must be: heard, at full length, of a background that can be levelled."""

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.packing import collect
from audio_omni.plugins.audioedit.synthesis.audible import is_audible

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
