import json

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.core.task import build_task
from audio_omni.core.wording import TaskWording, load_wording
from audio_omni.plugins.manager import build_plugin_manager


def test_words_are_trimmed_and_a_full_stop_is_not_doubled():
    wording = TaskWording(user="Add {description}. Now.")
    assert wording.fill(description="  a dog. ") == "Add a dog. Now."
    assert TaskWording(user="{prompt}").fill(prompt=" a dog. ") == "a dog."


def test_verbatim_words_stay_as_typed():
    wording = TaskWording(user="{prompt}.", verbatim=True)
    assert wording.fill(prompt=" a dog. ") == " a dog. ."


def test_an_absent_word_is_an_empty_one():
    assert TaskWording(user="{prompt}!").fill(prompt=None) == "!"


@pytest.mark.parametrize("template", ["{nothing}", "{", "{0}"])
def test_a_template_that_cannot_be_filled(template):
    with pytest.raises(ConfigError, match="cannot be filled"):
        TaskWording(user=template).fill(prompt="x")


def test_braces_in_words_are_words():
    assert TaskWording(user="{prompt}").fill(prompt="{x}") == "{x}"


def test_a_models_wording_reaches_the_task_it_names(tmp_path):
    path = tmp_path / "wording.json"
    path.write_text(json.dumps({"add": {"system": "Edit.", "user": "+ {description}"}}))
    wording = load_wording(path)
    host = build_plugin_manager(entry_points=False)
    assert build_task(host, "Add", wording).wording.user == "+ {description}"
    remove = build_task(host, "remove", wording)
    assert remove.wording == type(remove).default_wording


def test_without_a_file_there_is_none():
    assert load_wording(None) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "JSON mapping"),
        ("{", "cannot be read"),
        ('{"add": {"systems": "x"}}', r"unknown field 'systems'. Did you mean 'system'"),
    ],
)
def test_a_file_that_is_no_wording(tmp_path, text, message):
    path = tmp_path / "wording.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_wording(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_wording(tmp_path / "absent.json")
