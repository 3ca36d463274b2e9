import json

import pytest
from audio_omni.core import events
from audio_omni.plugins.jsonl_tracking import plugin


def start(run_dir, step=None, observers=("jsonl",)):
    recipe = {"tracking": {"observers": list(observers)}}
    plugin.on_run_start(events.RunStart(run_dir, recipe, [], step, {"git.sha": "abc"}))


def step_end(step, loss=1.0):
    plugin.on_step_end(events.StepEnd(step, loss, {"add": loss}, 1e-3, 0.5, 10.0, 60.0))


def entries(run_dir, event=None):
    lines = (run_dir / plugin.HISTORY).read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return [entry for entry in found if event in (None, entry["event"])]


def test_events_become_lines(tmp_path):
    start(tmp_path)
    step_end(10, 0.5)
    plugin.on_samples_ready(events.SamplesReady(10, [], {"add/lsd": 1.5}))
    plugin.on_checkpoint_saved(events.CheckpointSaved(10, tmp_path / "c"))
    plugin.on_run_end(events.RunEnd("finished", 10))
    names = [entry["event"] for entry in entries(tmp_path)]
    assert names == ["run_start", "step_end", "samples_ready", "checkpoint_saved", "run_end"]
    assert entries(tmp_path, "step_end")[0]["task_loss"] == {"add": 0.5}


def test_a_resume_removes_the_steps_that_will_be_taken_again(tmp_path):
    start(tmp_path)
    for step in (10, 20, 30):
        step_end(step)
    with (tmp_path / plugin.HISTORY).open("a") as file:
        file.write('{"event": "step_en')  # what a kill leaves
    start(tmp_path, step=20)
    step_end(30, 0.25)
    plugin.on_run_end(events.RunEnd("finished", 30))
    assert [entry["step"] for entry in entries(tmp_path, "step_end")] == [10, 20, 30]
    assert entries(tmp_path, "step_end")[-1]["loss"] == 0.25


def test_measurements_after_a_run_are_added(tmp_path):
    start(tmp_path)
    plugin.on_run_end(events.RunEnd("finished", 30))
    recipe = {"tracking": {"observers": ["jsonl"]}}
    plugin.on_evaluated(events.Evaluated(tmp_path, recipe, "table 5", 30, {"add/lsd": 1.5}))
    assert entries(tmp_path)[-1] == {
        "event": "evaluated",
        "name": "table 5",
        "step": 30,
        "metrics": {"add/lsd": 1.5},
    }


@pytest.mark.parametrize("observers", [(), ("mlflow",)])
def test_a_recipe_that_does_not_ask_gets_no_file(tmp_path, observers):
    start(tmp_path, observers=observers)
    step_end(1)
    assert not (tmp_path / plugin.HISTORY).exists()
