import io
from pathlib import Path

from audio_omni.core import events
from audio_omni.core.cli.progress import PLAIN_LINES, TrainingProgress
from rich.console import Console


def step(number, left):
    return events.StepEnd(number, 0.5, {}, 1e-3, 1.0, 123.4, left)


def shown(*seen, terminal=False):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    with TrainingProgress(console) as progress:
        for event in seen:
            progress(event)
    return console.file.getvalue()


def start(resumed=None):
    return events.RunStart(Path("run"), {}, [], resumed, {})


def test_a_plain_line_says_loss_speed_and_time_left():
    text = shown(start(), step(7, 3725.0))
    assert "step 7  loss 0.5000  lr 1.0e-03  123 ex/s  1:02:05 left" in text


def test_few_lines_without_a_terminal():
    lines = shown(start(), *(step(i, (500 - i) * 1e-6) for i in range(1, 501))).splitlines()
    assert 1 <= len(lines) <= PLAIN_LINES + 2


def test_a_terminal_gets_a_bar_that_ends_full():
    text = shown(start(), step(1, 1.0), step(2, 0.0), terminal=True)
    assert "100%" in text
    assert "step 2" in text


def test_checkpoints_resumes_and_the_end_are_told():
    text = shown(
        start(resumed=20),
        events.CheckpointSaved(30, Path("run/checkpoints/step-00000030")),
        events.RunEnd("stopped", 30),
    )
    assert "resumed after step 20" in text
    assert "saved run/checkpoints/step-00000030" in text
    assert "stopped at step 30" in text


def test_a_failed_run_leaves_the_message_to_the_error():
    assert shown(events.RunEnd("failed", 3, "why")) == ""


def test_a_pool_counts_rows():
    console = Console(file=io.StringIO(), width=120)
    with TrainingProgress(console) as progress:
        progress.on_pool(32, 64)
        progress.on_pool(64, 64)
    assert "rendered 64 of 64 rows" in console.file.getvalue()
