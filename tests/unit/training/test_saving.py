import threading
from pathlib import Path

import pytest
from audio_omni.core.errors import CheckpointError
from audio_omni.core.training.saving import Saver
from audio_omni.core.training.world import ALONE


def saver(in_background=True):
    told = []
    made = Saver(ALONE, lambda step, path: told.append((step, path)), in_background=in_background)
    return made, told


def held(gate, path):
    def write():
        assert gate.wait(10)
        return Path(path)

    return write


def test_the_run_goes_on_while_a_checkpoint_is_written():
    made, told = saver()
    gate = threading.Event()
    made.begin(3, lambda: held(gate, "three"))
    assert (made.is_due, made.is_writing, made.path, told) == (True, True, None, [])
    gate.set()
    made.settle()
    assert told == [(3, Path("three"))]
    assert (made.is_due, made.is_writing, made.path, made.step) == (False, False, Path("three"), 3)
    made.settle()
    assert len(told) == 1


def test_the_next_one_waits_for_the_one_before():
    made, told = saver()
    order = []
    made.begin(1, lambda: lambda: order.append("one") or Path("one"))
    made.begin(2, lambda: order.append("copy") or (lambda: order.append("two") or Path("two")))
    made.settle()
    assert order == ["one", "copy", "two"]
    assert [step for step, _ in told] == [1, 2]


def test_in_the_foreground_it_is_whole_at_once():
    made, told = saver(in_background=False)
    made.begin(1, lambda: lambda: Path("one"))
    assert told == [(1, Path("one"))]


def broken():
    raise CheckpointError("the disk is full")


def test_what_could_not_be_written_is_told_when_it_is_waited_for():
    made, told = saver()
    made.begin(1, lambda: broken)
    with pytest.raises(CheckpointError, match="disk is full"):
        made.settle()
    assert (told, made.path, made.is_due) == ([], None, False)


@pytest.mark.parametrize("first", [broken, lambda: Path("one")])
def test_the_end_of_a_failed_run_finishes_both(first):
    """The error that ends the run is told, not that of a checkpoint on the way."""
    made, told = saver()
    made.begin(1, lambda: first)
    made.finish_alone(lambda: Path("two"), 2)
    steps = [step for step, _ in told]
    assert steps == ([2] if first is broken else [1, 2])
    assert made.path == Path("two")
