"""Processes beside the first are told apart: their observers are not told twice."""

from pathlib import Path

from audio_omni.core.events import RankEnd, RankStart, RunEnd, RunStart, StepEnd
from audio_omni.core.training.ranks import heard_in_all, launch_tags
from audio_omni.core.training.world import World

START = RunStart(Path("run"), {"name": "tiny"}, [], None, {"launch": "abc"})
STEP = StepEnd(1, 1.0, {}, 0.1, 1.0, 1.0, 1.0)
END = RunEnd("stopped", 3)


def heard_by(world):
    own, plugins = [], []
    listen = heard_in_all(own.append, plugins.append, world)
    for event in (START, STEP, END):
        listen(event)
    assert own == [START, STEP, END]
    return plugins


def test_the_first_process_hears_nothing_twice():
    assert heard_by(World(0, 2)) == []


def test_the_others_hear_of_start_and_end_only():
    assert heard_by(World(1, 2)) == [
        RankStart(Path("run"), {"name": "tiny"}, 1, {"launch": "abc"}),
        RankEnd(1, "stopped"),
    ]


def test_every_launch_has_a_name_of_its_own():
    first, second = launch_tags(World()), launch_tags(World())
    assert first["world.size"] == "1"
    assert first["launch"] != second["launch"]
