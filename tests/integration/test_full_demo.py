"""The whole demonstration at toy size: ears, model, table; every part real, everything small."""

import io
import json

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.demo.full.run import (
    EARS,
    QUESTIONS_A_CLIP,
    FullDemo,
    run_full_demo,
    with_ears,
)
from rich.console import Console

SOURCES = [
    ("sounds", "text_to_audio"),
    ("impacts", "video_to_audio"),
    ("speech", "text_to_speech"),
    ("voice_prompt", "text_to_speech"),
    ("add", "instruction_editing"),
]
TINY = {"width": 32, "layers": 1}
QUIET = {"observers": ["jsonl"]}


def sources(pairs, rows):
    return {
        "sources": [
            {"uri": f"soundworld:{uri}", "task": task, "max_rows": rows} for uri, task in pairs
        ]
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory, host):
    run_dir = tmp_path_factory.mktemp("full")
    prompt = {"prompt": {"options": {"local": TINY, "layer": -1}}}
    ears = {
        "name": "ears",
        "model": {"preset": "micro", "conditioners": prompt},
        "mixture": sources([("questions", "understanding")], 8),
        "train": {"steps": 1},
        "loader": {"batch_size": 4},
        "tracking": QUIET,
    }
    values = find_recipe("nano_full", host.recipes)
    made = {
        **values,
        "model": {
            **values["model"],
            "preset": "micro",
            "conditioners": {**values["model"]["conditioners"], **prompt},
        },
        "mixture": sources(SOURCES, 4),
        "loader": {"batch_size": 4, "pool": True},
        "train": {"steps": 1},
        "sampling": {"steps": 1, "guidance_scale": 1.0},
        "tracking": QUIET,
    }
    folder = run_dir / EARS
    whole = FullDemo(
        ears=resolve_recipe(ears),
        ears_folder=folder,
        recipe=resolve_recipe(made, with_ears(resolve_recipe(made), folder)),
        clips=2,
        listener_clips=24,
        device="cpu",
    )
    console = Console(file=io.StringIO(), width=100)
    return lambda: run_full_demo(whole, host, run_dir, console), run_dir


@pytest.fixture(scope="module")
def outcome(demo):
    run, run_dir = demo
    return run(), json.loads((run_dir / "table.json").read_text())


def test_every_task_has_its_lines_beside_baseline_and_bound(outcome):
    _, lines = outcome
    made = [line for line in lines if line["task"] != "understanding"]
    assert {line["task"] for line in made} == {task for _, task in SOURCES}
    assert all(line["baseline_result"]["n"] == line["ours"]["n"] for line in made)
    assert all(line["bound_result"]["n"] == line["ours"]["n"] for line in made)
    names = {(line["task"], line["ours"]["name"]): line for line in made}
    onsets = names["video_to_audio", "onset_error"]
    assert onsets["baseline_result"]["name"] == "onset_error_at_random"
    assert onsets["bound_result"]["value"] < onsets["baseline_result"]["value"]
    said = names["text_to_speech", "character_error_rate"]
    assert said["ours"]["fingerprint"]["recogniser"]


def test_parts_are_taken_away_and_captions_are_in_other_languages(outcome):
    _, lines = outcome
    assert any(line.get("without") == ["video"] for line in lines)
    languages = {line["options"].get("language") for line in lines if "options" in line}
    assert languages == {None, "de", "es"}


def test_nobody_is_judged_by_what_was_not_asked_for(outcome):
    page, lines = outcome
    judged = {(line["task"], line["source"]) for line in lines if "speaker" in line["ours"]["name"]}
    assert ("text_to_speech", "soundworld:voice_prompt") in judged
    assert ("text_to_speech", "soundworld:speech") not in judged
    table = (page.run_dir / "table.md").read_text()
    assert "the requests do not say it: they bring no voice_audio." in table


def test_questions_stand_beside_the_commonest_answer(outcome):
    _, lines = outcome
    asked = [line for line in lines if line["task"] == "understanding"]
    assert sum(line["ours"]["n"] for line in asked) == QUESTIONS_A_CLIP * 2
    assert all(line["baseline"] == "the commonest answer" for line in asked)


def test_the_table_stands_on_the_page_and_in_markdown(outcome):
    page, _ = outcome
    table = (page.run_dir / "table.md").read_text()
    assert table.startswith("| Task | Measure | Ours [95 % interval] |")
    assert "Sound for a video (impacts, without video)" in table
    assert "Every task, measured" in page.page.read_text()
    pictures = {path.name for path in page.run_dir.glob("confusion-*.png")}
    assert "confusion-text_to_audio-sounds-event_heard.png" in pictures


def test_a_finished_demo_only_measures_again(demo, outcome):
    run, run_dir = demo
    before = json.loads((run_dir / "table.json").read_text())
    steps = sorted(path.name for path in (run_dir / "checkpoints").iterdir())
    run()
    assert sorted(path.name for path in (run_dir / "checkpoints").iterdir()) == steps
    assert json.loads((run_dir / "table.json").read_text()) == before
