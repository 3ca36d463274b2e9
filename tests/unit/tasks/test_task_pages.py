"""Each task's page says what its code does: the request, the wording, the row."""

import ast
import json
import re
from pathlib import Path

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import Row
from audio_omni.core.task import media_fields
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.tasks.demo_clips import demo_video
from audio_omni.tasks.plugin import register_tasks
from audio_omni.tasks.training_free import plugin as training_free

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "tasks"
TRAINED = {spec.name: spec for spec in register_tasks()}
UNTRAINED = {spec.name: spec for spec in training_free.register_tasks()}
CONTROLS = {name: spec for name, spec in UNTRAINED.items() if not spec.fills}
SPECS = {n: spec for n, spec in {**TRAINED, **UNTRAINED}.items() if n not in CONTROLS}
PARTS = ["Request", "How the conditions enter", "A training row", "Measures", "Sample"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OWN_OPTIONS = {"seed"}
EVERY_TASK = pytest.mark.parametrize("name", SPECS)


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def page(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def prose(name):
    """The page on one line, so that it does not matter where lines break."""
    return " ".join(page(name).split())


def block(name, kind):
    (text,) = [text for found, text in BLOCK.findall(page(name)) if found == kind]
    return text


def test_there_is_a_page_for_each_task_and_the_index_names_it():
    pages = {path.stem for path in FOLDER.glob("*.md")} - {"README"}
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert pages == {*SPECS, "controls"}
    assert set(re.findall(r"\]\((\w+)\.md\)", index)) == {*SPECS, "controls"}


def test_the_page_of_controls_names_them_all():
    named = re.findall(r"^\| `(\w+)` \|", page("controls"), re.MULTILINE)
    assert named == list(CONTROLS)


@EVERY_TASK
def test_pages_have_the_same_parts(name):
    row = "A training row" if name in TRAINED else "A row"
    parts = [row if part == "A training row" else part for part in PARTS]
    assert re.findall(r"^## (.*)$", page(name), re.MULTILINE) == parts


@EVERY_TASK
def test_a_page_opens_with_the_names_that_users_know(name):
    called = "".join(f", also `{alias}`" for alias in SPECS[name].aliases)
    assert f"\n\n`{name}`{called}. " in page(name)


@EVERY_TASK
def test_the_wording_is_the_task_s(name, host):
    wording = host.tasks.load(name).default_wording
    assert f'"{wording.system}"' in prose(name)
    if wording.user not in {"", "{prompt}", "{question}", "{instruction}"}:
        assert f'"{wording.user}"' in prose(name)


@EVERY_TASK
def test_slots_and_metrics_are_those_of_the_spec(name, host):
    assert re.findall(r"^\| `(\w+)` \|", page(name), re.MULTILINE) == list(SPECS[name].fills)
    measures = page(name).split("## Measures")[1].split("## Sample")[0]
    named = set(re.findall(r"`(\w+)`", measures))
    assert set(SPECS[name].default_metrics) <= named <= {spec.name for spec in host.metrics}


@EVERY_TASK
def test_calls_in_python_take_such_arguments(name):
    known = set(SPECS[name].request.model_fields) | OWN_OPTIONS
    calls = [node for node in ast.walk(ast.parse(block(name, "python")))
             if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in
             {"run", "edit", "understand"}]  # fmt: skip
    assert calls
    for call in calls:
        assert {keyword.arg for keyword in call.keywords} <= known
        first = call.args[0].value
        assert first == name or call.func.attr == "understand"


@EVERY_TASK
def test_the_command_names_the_task(name):
    assert block(name, "console").split()[2:4] in [
        ["run", called] for called in (name, *SPECS[name].aliases)
    ]


@EVERY_TASK
def test_the_row_teaches_the_task(name, host):
    fields = json.loads(block(name, "json"))
    clips = {"audio", *media_fields(SPECS[name].request, "audio")}
    media = {n: (lambda n=n: clip(n)) for n in clips & set(fields)}
    target = media.pop("audio")
    if "video" in fields:
        media["video"] = demo_video
    rest = {n: value for n, value in fields.items() if n not in clips}
    example = host.tasks.load(name)().to_example(Row(rest.pop("id"), rest, target, media))
    assert example.target is not None
    assert set(example.payloads) == set(SPECS[name].fills)
    assert example.answer == fields.get("answer")


def clip(name):
    """Half a second, another for each name."""
    level = (sum(map(ord, name)) % 97) / 100
    return Waveform(torch.full((1, 8000), level), 16000)
