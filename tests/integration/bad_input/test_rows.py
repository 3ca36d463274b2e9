"""Rows that cannot be learned or measured are named before the run."""

import json
import shutil

import pytest
import yaml

ROW = {"id": "a", "audio": "ok.wav", "caption": "a dog"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([{**ROW, "audio": "none.wav"}], "line 1 (id 'a'), field 'audio': "),
        ([{**ROW, "audio": "text.wav"}], "is not audio that can be read"),
        ([{**ROW, "audio": "nan.wav"}], "first at index 777"),
        ([{**ROW, "audio": "ten_hours.wav"}], "lasts 36000.0 s"),
        ([{"id": "a", "audio": "ok.wav"}], "field 'caption' is required"),
        ([{**ROW, "caption": " "}], "'prompt': is empty"),
        ([{**ROW, "caption": "f\udcfcr"}], "is not text in UTF-8"),
        ([{"id": "a", "caption": "a dog"}], "Row 'a' has no target audio; training needs one"),
        ([ROW, ROW], "line 2: id 'a' was used before (rows.jsonl, line 1)"),
        ([], "has no row left to train on"),
        (["{oops"], "line 1: not valid JSON"),
        (["[1]"], "line 1: holds list; expected one JSON object"),
        ([b'{"id": "a", "caption": "f\xfcr"}'], "line 1: not UTF-8 (byte 25 of the line)"),
    ],
)
def test_bad_manifests_name_file_and_line(train, workspace, lines, words):
    plain = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    coded = [line if isinstance(line, bytes) else line.encode() for line in plain]
    (workspace / "rows.jsonl").write_bytes(b"\n".join(coded))
    source = "mixture.sources=[{uri: 'manifest:rows.jsonl', task: text_to_audio}]"
    status, _, err = train("manifest_run", source)
    shutil.rmtree(workspace / "manifest_run", ignore_errors=True)
    assert status == 1
    assert words in err


def test_a_row_whose_target_is_its_source_is_named(train, workspace, tmp_path):
    row = {"id": "a", "audio": "ok.wav", "source_audio": "ok.wav", "description": "a dog"}
    (workspace / "equal.jsonl").write_text(json.dumps(row))
    source = "mixture.sources=[{uri: 'manifest:equal.jsonl', task: remove}]"
    status, _, err = train(tmp_path / "run", source)
    assert status == 1
    assert "Row 'a': its target equals its source sample by sample" in err


def test_a_held_out_row_that_is_too_long_is_cut_and_measured(train, workspace, tmp_path):
    rows = [
        {"id": "a", "audio": "silent.wav", "source_audio": "ok.wav"},
        {"id": "b", "audio": "five_seconds.wav", "source_audio": "five_seconds.wav"},
    ]
    rows = [{**row, "description": "a dog", "span": [[4.0, 4.5]]} for row in rows]
    (workspace / "long.jsonl").write_text("\n".join(map(json.dumps, rows)))
    use = {"uri": "manifest:long.jsonl", "task": "remove"}
    sources = yaml.safe_dump([use], default_flow_style=True).strip()
    overrides = (f"mixture.sources={sources}", f"evaluation.sources={sources}")
    overrides += ("evaluation.every=1", "evaluation.samples_per_task=2", "sampling.steps=1")
    status, _, err = train(tmp_path / "run", *overrides)
    assert status == 0, err
    history = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    (ready,) = [e for e in map(json.loads, history) if e["event"] == "samples_ready"]
    assert ready["metrics"]["remove/lsd"] >= 0
