"""What a run shows: counts, speed and the time left, and nothing that means nothing."""

import io

from audio_omni.plugins.audioedit import progress
from audio_omni.plugins.audioedit.progress import RunProgress, describe
from audio_omni.plugins.audioedit.stages.lines import Line
from audio_omni.plugins.audioedit.stages.tally import Tally
from rich.console import Console


def tally(done, total=100):
    made = Tally("render", total)
    for number in range(done):
        made.add(Line(str(number), "kept" if number % 10 else "rejected"))
    return made


def test_speed_and_time_left_follow_from_what_was_done():
    assert describe(tally(20), 10.0) == "render: 18 kept, 2 rejected  2.0/s  0:40 left"


def test_the_first_moment_tells_no_speed():
    assert describe(tally(1), 0.001) == "render: 1 rejected"
    assert describe(tally(1), None) == "render: 1 rejected"


def test_without_a_terminal_a_stage_prints_a_few_lines(monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    out = io.StringIO()
    made = Tally("render", 50)
    with RunProgress(Console(file=out)) as shown:
        for number in range(50):
            made.add(Line(str(number), "kept"))
            shown(made)
    lines = out.getvalue().splitlines()
    assert len(lines) == progress.LINES
    assert lines[0].startswith("  2%  render: 1 kept")
    assert "left" in lines[-1]
