"""A study from the command line at toy size: two variants, one table, nothing trained twice."""

import json
from dataclasses import replace

import pytest
import yaml
from audio_omni.core.cli.main import main
from audio_omni.plugins.demo.full.listeners import Listeners

STUDY = {
    "title": "Width",
    "paper": "No table",
    "recipe": "micro",
    "steps": 1,
    "sources": [{"uri": "soundworld:sounds", "task": "text_to_audio", "max_rows": 4}],
    "variants": [
        {"name": "narrow", "set": ["model.dit.width=32"]},
        {"name": "wide", "set": []},
    ],
    "columns": [{"title": "Heard", "task": "text_to_audio", "metric": "event_heard"}],
}


@pytest.fixture
def cli(monkeypatch, capsys):
    """Run a command; return its exit status and all that it printed."""
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out + captured.err

    return run


def test_a_study_is_trained_measured_and_continued(cli, tmp_path, monkeypatch):
    taught, lessons = [], Listeners._lessons
    monkeypatch.setattr(Listeners, "_lessons", lambda own, *a: taught.append(a) or lessons(own, *a))
    path, folder = tmp_path / "width.yaml", tmp_path / "runs"
    path.write_text(yaml.safe_dump(STUDY))
    call = ["ablate", str(path), "-o", str(folder), "--clips", "2", "--listener-clips", "24"]
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    quiet = "tracking.options.mlflow.system_metrics=false"
    for change in (
        "tracking.observers=[mlflow]",
        quiet,
        "sampling.steps=1",
        "evaluation.every=null",
    ):
        call += ["--set", change]
    code, printed = cli(*call)
    assert code == 0, printed
    assert len(taught) == 1  # one listener hears both variants
    assert_is_one_study(folder)
    table = (folder / "table.md").read_text()
    assert table.splitlines()[0] == "|  | Heard |"
    assert [line.split(" | ")[0] for line in table.splitlines()[2:4]] == ["| narrow", "| wide"]
    kept = folder / "variant-0" / "measured.json"
    measured = json.loads(kept.read_text())
    assert measured["text_to_audio/event_heard"]["n"] == 2
    measured["text_to_audio/event_heard"]["value"] = 0.125
    kept.write_text(json.dumps(measured))
    assert cli(*call)[0] == 0
    assert "| narrow | 12 % " in (folder / "table.md").read_text()


def assert_is_one_study(folder):
    """In MLflow: the study, below it the variants, below each what was measured of it."""
    from mlflow import MlflowClient

    def below(run_id):
        found = client.search_runs(["1"], f"tags.`mlflow.parentRunId` = '{run_id}'")
        return {run.info.run_name: run for run in found}

    saved = json.loads((folder / "mlflow_run.json").read_text())
    client = MlflowClient(tracking_uri=saved["tracking_uri"])
    study = client.get_run(saved["run_id"])
    assert (study.info.run_name, study.info.status) == ("runs", "FINISHED")
    variants = below(study.info.run_id)
    assert set(variants) == {"micro: narrow", "micro: wide"}
    assert variants["micro: narrow"].data.params["model.dit.width"] == "32"
    measured = json.loads((folder / "variant-0" / "measured.json").read_text())
    (child,) = below(variants["micro: narrow"].info.run_id).values()
    assert child.info.run_name == "eval/Width"
    value = child.data.metrics["eval/text_to_audio/event_heard"]
    assert value == measured["text_to_audio/event_heard"]["value"]


def test_a_study_of_edits_can_have_a_row_of_the_copied_input(cli, tmp_path):
    study = {
        **STUDY,
        "sources": [{"uri": "soundworld:add", "task": "add", "max_rows": 4}],
        "columns": [{"title": "LSD", "task": "add", "metric": "lsd"}],
        "input_row": True,
    }
    path, folder = tmp_path / "edits.yaml", tmp_path / "runs"
    path.write_text(yaml.safe_dump(study))
    call = ["ablate", str(path), "-o", str(folder), "--clips", "2"]
    for change in ("tracking.observers=[jsonl]", "evaluation.every=null", "sampling.steps=1"):
        call += ["--set", change]
    code, printed = cli(*call)
    assert code == 0, printed
    measured = json.loads((folder / "variant-1" / "measured.json").read_text())
    copied = measured["input/add/lsd"]["value"]
    assert copied != measured["add/lsd"]["value"]
    row = (folder / "table.md").read_text().splitlines()[4]
    assert row.startswith(f"| the input | {copied:.1f} ")
    history = [json.loads(line) for line in (folder / "variant-1" / "history.jsonl").open()]
    assert not any("input/" in str(line.get("metrics", "")) for line in history)


def test_what_is_wrong_with_a_study_is_said_before_the_first_step(cli, tmp_path):
    broken = {
        **STUDY,
        "variants": [*STUDY["variants"], {"name": "x", "set": ["model.dit.hight=1"]}],
    }
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(broken))
    code, printed = cli("ablate", str(path), "-o", str(tmp_path / "runs"))
    assert code == 1
    assert "Variant 'x'" in printed
    assert "hight" in printed
    assert not (tmp_path / "runs").exists()


def test_an_override_that_a_later_variant_does_not_know_is_refused_at_once(cli, tmp_path):
    call = ["ablate", "table_a1_video", "-o", str(tmp_path / "runs")]
    code, printed = cli(*call, "--set", "model.conditioners.prompt.options.local.weights=runs/ears")
    assert code == 1
    assert "conditioner 'prompt' (clip): unknown field 'local.weights'" in printed
    assert not (tmp_path / "runs").exists()


def test_a_variant_that_was_stopped_is_not_measured(cli, tmp_path, monkeypatch):
    from audio_omni.plugins.demo import training

    path, folder = tmp_path / "width.yaml", tmp_path / "runs"
    path.write_text(yaml.safe_dump(STUDY))
    whole = training.train
    monkeypatch.setattr(
        training, "train", lambda *a, **k: replace(whole(*a, **k), status="stopped")
    )
    call = ["ablate", str(path), "-o", str(folder), "--clips", "2"]
    for change in ("tracking.observers=[jsonl]", "evaluation.every=null"):
        call += ["--set", change]
    code, printed = cli(*call)
    assert code == 1
    assert "was stopped at step 1 and is saved in" in " ".join(printed.split())
    assert "The same command goes on" in " ".join(printed.split())
    assert not (folder / "variant-0" / "measured.json").exists()
