"""What trackers are told of the rows that a run is measured on."""

import json

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.held_out_sources import held_out_uses
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def uses(host, *changes):
    recipe = resolve_recipe(find_recipe("micro", host.recipes), ["evaluation.every=3", *changes])
    return [(use.uri, use.task, use.rows, use.weight) for use in held_out_uses(recipe, host)]


def test_they_are_the_siblings_of_what_is_trained_on(host):
    rows = "mixture.sources.0.options.held_out_rows=7"
    found = uses(host, rows)
    assert found[0] == ("soundworld:sounds", "text_to_audio", 7, 0.0)
    assert [task for _, task, _, _ in found] == ["text_to_audio", "text_to_music", "remove"]


def test_sources_of_their_own_are_told_whole(host):
    own = [{"uri": "soundworld:add", "task": "add", "options": {"rows": 9}}]
    assert uses(host, f"evaluation.sources={json.dumps(own)}") == [
        ("soundworld:add", "add", 9, 0.0)
    ]


def test_a_source_that_keeps_nothing_back_is_left_out(host, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "audio": "a.wav", "caption": "A tone."}\n')
    only = [{"uri": f"manifest:{tmp_path}/rows.jsonl", "task": "text_to_audio"}]
    assert uses(host, f"mixture.sources={json.dumps(only)}") == []


@pytest.mark.parametrize("change", ["evaluation.every=null", "evaluation.samples_per_task=0"])
def test_a_run_that_measures_nothing_has_none(host, change):
    assert uses(host, change) == []
