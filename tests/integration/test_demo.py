"""The demo from end to end at toy size: every part real, everything small."""

import io
import json
from html.parser import HTMLParser

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.demo.report import read_losses
from audio_omni.plugins.demo.run import run_demo
from rich.console import Console

TASKS = {"text_to_audio", "text_to_music", "remove"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory, host):
    run_dir = tmp_path_factory.mktemp("demo")
    overrides = ["tracking.observers=[jsonl]", "train.steps=3", "train.log_every=1"]
    overrides += ["evaluation.every=null", "sampling.steps=2"]
    recipe = resolve_recipe(find_recipe("micro", host.recipes), overrides)
    console = Console(file=io.StringIO(), width=100)

    def run():
        return run_demo(
            recipe, host, run_dir, clips=2, device="cpu", console=console, listener_clips=200
        )

    return run(), run, console


class Counter(HTMLParser):
    def __init__(self):
        super().__init__()
        self.audio = 0

    def handle_starttag(self, tag, attrs):
        self.audio += tag == "audio"


def test_the_page_plays_every_shown_clip(demo):
    outcome, _, _ = demo
    text = outcome.page.read_text()
    counter = Counter()
    counter.feed(text)
    # two clips a task: output and reference each, and the source of an edit
    assert counter.audio == 2 * (2 + 2 + 3)
    assert "Remove a sound" in text
    assert "copy the input" in text.lower()


def test_edits_stand_beside_copying_and_prompts_beside_chance(demo):
    measurements = demo[0].measurements
    edits = [m for m in measurements if m.chance is None]
    heard = [m for m in measurements if m.chance is not None]
    assert {m.task for m in edits} == {"remove"}
    assert all("copy the input" in m.controls for m in edits)
    assert {m.task for m in heard} == {"text_to_audio", "text_to_music"}
    assert all(0 < m.chance < 1 and "real renderings" in m.controls for m in heard)


def test_losses_come_from_the_history(demo):
    losses = read_losses(demo[0].run_dir)
    assert [step for step, _ in losses.total] == [1, 2, 3]
    assert set(losses.tasks) == TASKS


def test_the_outcome_is_plain_json_and_names_the_mlflow_command(demo):
    outcome, _, _ = demo
    plain = json.loads((outcome.run_dir / "measurements.json").read_text())
    assert plain == json.loads(json.dumps(outcome.to_dict()))
    assert plain["mlflow"].startswith("mlflow ui --backend-store-uri sqlite:///")
    assert plain["measurements"][0]["ours"]["fingerprint"]["metric"]


def test_a_finished_demo_makes_its_page_again_without_training(demo):
    outcome, run, _ = demo
    before = sorted((outcome.run_dir / "checkpoints").iterdir())
    outcome.page.unlink()
    run()
    assert outcome.page.is_file()
    assert sorted((outcome.run_dir / "checkpoints").iterdir()) == before
