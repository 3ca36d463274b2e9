"""A stage that is asked for anew gets a new key; a set remembers with what it was made."""

import pytest
import yaml
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit import beginning
from audio_omni.plugins.audioedit.beginning import begin
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.workspace import read_dataset, reopen_workshop
from small_pairs import CATALOG, config, hashes


def shards(root):
    return {name: value for name, value in hashes(root).items() if name.startswith("shards/")}


def folders(root, stage):
    return sorted(path.name for path in (root / "stages" / stage).iterdir())


def facts(root):
    return yaml.safe_load((root / "dataset.yaml").read_text())


def test_a_stage_is_done_anew_with_what_follows_and_gives_the_same_pairs(tmp_path):
    root = tmp_path / "set"
    make(root, config(), CATALOG, limit=4)
    before, stages = shards(root), {path.name for path in (root / "stages").iterdir()}
    make(root, config(), CATALOG, limit=4, redo="render")
    assert shards(root) == before
    counts = {stage: len(folders(root, stage)) for stage in stages}
    assert counts == {"ingredients": 1, "plan_scenes": 1, "render": 2, "verify": 2}
    assert facts(root)["redone"] == {"render": 1}

    make(root, config(), CATALOG, limit=4)  # goes on with what was done anew
    assert {stage: len(folders(root, stage)) for stage in stages} == counts
    workshop, _ = reopen_workshop(root, CATALOG())
    assert workshop.keys["render"] == facts(root)["stages"]["render"]
    make(root, config(), CATALOG, stage="render", limit=4, redo="render")
    assert len(folders(root, "render")) == 3
    assert read_dataset(root) == config()


def test_no_such_stage_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(
        DataError, match="no stage 'cube'; expected one of ingredients, plan_scenes"
    ):
        make(tmp_path / "set", config(), CATALOG, redo="cube")
    assert not (tmp_path / "set").exists()


def test_other_tools_of_a_later_run_do_not_hide_the_first_ones(tmp_path, monkeypatch):
    versions = iter([{"numpy": "1"}, {"numpy": "1"}, {"numpy": "2"}, {"numpy": "1"}])
    monkeypatch.setattr(beginning, "tool_versions", lambda: next(versions))
    monkeypatch.setattr(beginning, "commit_of", lambda: None)
    told = []
    for _ in range(4):
        begin(tmp_path, config(), {})
        told.append((facts(tmp_path)["tools"], facts(tmp_path).get("earlier")))
    one, two = {"numpy": "1"}, {"numpy": "2"}
    assert told == [
        (one, None), (one, None), (two, [{"tools": one}]), (one, [{"tools": two}]),
    ]  # fmt: skip
