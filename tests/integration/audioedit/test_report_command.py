"""The commands report and listen, on a small data set that `run` made."""

import json

import pytest
import yaml
from audio_omni.core.cli.main import main

CONFIG = {
    "dataset": "tiny",
    "sample_rate_hz": 16000,
    "clip_seconds": 3.0,
    "bits": 16,
    "items_per_part": 8,
    "synthesis": {
        "scenes": 4,
        "share_scenes": True,
        "pitch_semitones": [0, 0],
        "stretch": [1, 1],
        "warper": None,
        "foreground": [{"uri": "soundworld:events", "options": {"rows": 8}}],
        "background": [{"uri": "soundworld:backgrounds", "options": {"rows": 4}}],
    },
}


@pytest.fixture
def run(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", *map(str, arguments)])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


@pytest.mark.slow
def test_a_data_set_is_reported_and_listened_to(run, tmp_path):
    config, root = tmp_path / "tiny.yaml", tmp_path / "set"
    config.write_text(yaml.safe_dump(CONFIG))
    code, _, err = run("run", "--profile", config, "-o", root, "--workers", 1)
    assert code == 0, err[-2000:]

    code, out, err = run("report", root, "--pairs", 1, "--json")
    assert code == 0, err[-2000:]
    made = json.loads(out)
    assert made["page"] == str(root / "reports" / "report.html")
    page = (root / "reports" / "report.html").read_text(encoding="utf-8")
    assert "<h1>tiny 1</h1>" in page
    assert page.count("<article") == 3
    assert {"plan_scenes", "render", "verify"} <= {
        line["stage"]
        for line in json.loads((root / "reports" / "funnel.json").read_text())["funnel"]
    }

    assert run("listen", root, "--n", 3, "--seed", 1)[0] == 0
    key = json.loads((root / "reports" / "listening" / "key.json").read_text())
    answers = [{"name": n, "done": True, "harmed": False} for n in key["items"]]
    saved = {"format": key["format"], "study": key["study"], "rater": "r", "answers": answers}
    (tmp_path / "saved.json").write_text(json.dumps(saved))
    code, out, _ = run("judge", root, tmp_path / "saved.json", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["verdicts"][0] == {
        "pairs": "all", "n": 3, "accepted": 3, "95 % interval": "43.9% … 100.0%",
    }  # fmt: skip
    code, out, _ = run("judge", root, tmp_path / "saved.json")
    assert code == 0
    assert "paper: 83%" in out


def test_a_folder_that_was_not_begun_is_an_error(run, tmp_path):
    code, _, err = run("report", tmp_path)
    assert code == 1
    assert "holds no dataset.yaml" in err
