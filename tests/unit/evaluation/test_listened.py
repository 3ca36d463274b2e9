"""Means of a listening study in the paper's table of them."""

import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.evaluation.benchmarks.listened import parse_studies, study_rows
from audio_omni.evaluation.benchmarks.paper import paper_table
from audio_omni.evaluation.study.scoring import SourceScore


def saved(path, scales=("OVL", "REL")):
    """Write what `study score --json` prints, as far as it is read."""
    means = {"ours": 80.4, "theirs": 71.2, "reference": 95.0}
    scores = {
        scale: {
            "scores": [
                SourceScore(
                    name=scale,
                    value=mean + (scale == "REL"),
                    n=20,
                    interval=(mean - 2, mean + 2),
                    unit="1–100",
                    direction="higher",
                    fingerprint={"study": "x"},
                    source=source,
                    n_raters=20,
                ).to_dict()
                for source, mean in means.items()
            ],
            "differences": [],
            "agreement": {"alpha": 0.5, "icc": 0.8},
        }
        for scale in scales
    }
    path.write_text(json.dumps({"study": "x", "items": 20, "scales": scores}), encoding="utf-8")
    return path


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *map(str, arguments)])
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, " ".join(captured.err.split())


def test_systems_of_a_study_are_rows_of_the_papers_table(tmp_path, capsys):
    file = saved(tmp_path / "t2a.json")
    status, told, _ = call(capsys, "--paper-table", "A6", "--study", f"T2A={file}")
    assert status == 0
    lines = told.splitlines()
    assert "| ours (study) | 80.40 | 81.40 |  |  |  |  |  |  |  |  |" in lines
    assert "| theirs (study) | 71.20 | 72.20 |  |  |  |  |  |  |  |  |" in lines
    assert "- reference (study), T2A OVL: n = 20, 95 % 93.00 … 97.00" in lines
    (reason,) = (line for line in lines if "no study is named" in line)
    assert reason.startswith("- ours: no study is named of T2M, V2A, V2M, editing. Make one with")
    assert "| Tango2 | 72.30 | 74.10 |" in told


def test_two_studies_share_the_rows_of_a_system(tmp_path):
    files = {task: saved(tmp_path / f"{task}.json", ("OVL",)) for task in ("T2M", "editing")}
    rows, missing = study_rows(paper_table("A6"), files)
    assert set(rows["ours (study)"]) == {"T2M OVL", "editing OVL"}
    assert "did not ask for it" in missing["editing REL"]


@pytest.mark.parametrize(
    ("number", "texts", "told"),
    [
        ("A6", ["t2a.json"], "--study t2a.json: expected TASK=FILE"),
        ("A6", ["T2A=a.json", "T2A=b.json"], "names T2A twice"),
        ("A6", ["T2B=a.json"], "people rated T2A, T2M, V2A, V2M, editing"),
        ("3", ["T2A=a.json"], "does not fit Table 3, for which nobody listened; expected A6"),
    ],
)
def test_studies_that_do_not_fit(number, texts, told):
    with pytest.raises(ConfigError, match=told):
        study_rows(paper_table(number), parse_studies(texts))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "holds list; expected what `audio-omni study score"),
        ("{}", "has no scores by scale; expected what `audio-omni study score"),
        ('{"scales": {"OVL": {"scores": [{"name": "OVL"}]}}}', r"scale OVL: field 'scores.0.value"),
        ("{", "is not valid JSON"),
    ],
)
def test_files_that_hold_something_else(tmp_path, text, told):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=told):
        study_rows(paper_table("A6"), {"T2A": tmp_path / "x.json"})


def test_a_study_without_a_table_is_refused(capsys):
    status, _, said = call(capsys, "--study", "T2A=x.json")
    assert status != 0
    assert "expected --paper-table A6" in said
