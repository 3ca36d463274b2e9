"""What failed is written down at the set's root, also by a run that stops because of it."""

import json

import pytest
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.stages import tally
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from real_parts.scenes import open_catalog

FIXED = {"semantic": {"keep_fraction": 1.0}}


def rows(root):
    path = root / "quarantine.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_failed_item_is_told_with_stage_and_reason_until_it_succeeds(scenes, tmp_path):
    scenes.add("good").add("gone", fault="cannot_separate")
    make(tmp_path / "set", scenes.config(**FIXED), open_catalog)
    assert rows(tmp_path / "set") == [
        {"stage": "separate", "id": "scenes:gone|dog barking", "reason": "oom",
         "detail": "out of memory", "retryable": True, "attempt": 3}
    ]  # fmt: skip
    truth = scenes.folder / "gone.json"
    truth.write_text(truth.read_text().replace("cannot_separate", "none"))
    made = make(tmp_path / "set", scenes.config(**FIXED), open_catalog)
    assert not (tmp_path / "set" / "quarantine.jsonl").exists()
    assert len(made.records) == 6


def test_a_run_that_too_many_failures_stop_tells_which(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(tally, "FEW", 1)
    scenes.add("one", fault="cannot_label").add("two", fault="cannot_label")
    with pytest.raises(StopRun, match=r"limits\.fail_rate_stop"):
        make(tmp_path / "set", scenes.config(**FIXED), open_catalog)
    told = rows(tmp_path / "set")
    assert [row["id"] for row in told] == ["scenes:one"]  # the second was not tried any more
    assert (told[0]["stage"], told[0]["reason"]) == ("label", "network")
