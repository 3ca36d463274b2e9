import io
from pathlib import Path

from audio_omni.core.cli.progress import TrainingProgress
from audio_omni.core.events import CheckpointSaved, RunEnd, RunStart, StepEnd
from rich.console import Console


def step_end(step, left=75.0):
    return StepEnd(step, 0.5, {"add": 0.5}, 1e-3, 1.0, 12.0, left)


def show(events, *, terminal):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    with TrainingProgress(total_steps=100, console=console) as progress:
        for event in events:
            progress(event)
    return out.getvalue()


def test_plain_lines_where_there_is_no_terminal():
    text = show([step_end(i) for i in range(1, 101)], terminal=False)
    lines = text.splitlines()
    assert 20 <= len(lines) <= 21
    assert lines[0] == "step 1/100  loss 0.5000  lr 1.0e-03  12.0 ex/s  1:15 left"
    assert "\x1b" not in text


def test_a_bar_on_a_terminal():
    text = show([step_end(3, left=3700)], terminal=True)
    assert "\x1b" in text
    assert "3/100" in text
    assert "1:01:40 left" in text


def test_resumes_checkpoints_and_the_end_are_told():
    events = [
        RunStart(Path("run"), {}, [], 40, {}),
        CheckpointSaved(60, Path("run/checkpoints/step-00000060")),
        RunEnd("stopped", 60),
    ]
    text = show(events, terminal=False)
    assert text.splitlines() == [
        "resumed after step 40",
        "saved run/checkpoints/step-00000060",
        "stopped at step 60",
    ]
