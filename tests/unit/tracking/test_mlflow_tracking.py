import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from audio_omni.core.events import (
    CheckpointSaved,
    RunEnd,
    RunStart,
    Sample,
    SamplesReady,
    SourceUse,
    StepEnd,
)
from audio_omni.core.media.waveform import Waveform
from audio_omni.plugins.mlflow_tracking import plugin, tracker
from audio_omni.plugins.mlflow_tracking.spool import Spool

pytest.importorskip("mlflow")
ENVIRONMENT = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID")
OWN = {"system_metrics": False}
HELD_OUT = "soundworld:sounds as text_to_audio, held out"
SHARES = {"soundworld:sounds as text_to_audio": 0.75, "manifest:../a@b[1].jsonl as add": 0.25}


def start(run_dir, resumed=None, observers=("mlflow",), **train):
    recipe = {
        "name": "tiny",
        "train": {"steps": 20, "betas": [0.9, 0.95], **train},
        "tracking": {
            "observers": list(observers),
            "experiment": "sounds",
            "options": {"mlflow": OWN},
        },
    }
    sources = [
        SourceUse("soundworld:sounds", "text_to_audio", 3.0, 100, "abc", ("CC0-1.0",)),
        SourceUse("manifest:../a@b[1].jsonl", "add", 1.0, 50, "def", ("CC-BY-4.0",)),
    ]
    tags = {"git.sha": "0123abcd", "plugin.tasks": "audio-omni 0.1.0", "device": "cpu"}
    held_out = [SourceUse("soundworld:sounds", "text_to_audio", 0.0, 16, "abc", ("CC0-1.0",))]
    return RunStart(run_dir, recipe, sources, resumed, tags, held_out)


def step(number, loss=0.5):
    tasks = {"text_to_audio": loss, "add": loss / 2}
    skipped = {"DataError": number, "MediaError": 1} if number > 11 else {}
    return StepEnd(number, loss, tasks, 1e-3, 0.7, 12.0, 3.0, SHARES, skipped=skipped)


def clip(seconds=0.5):
    t = torch.arange(int(16000 * seconds)) / 16000
    return Waveform(0.3 * torch.sin(2 * torch.pi * 440 * t)[None], 16000)


def samples(number):
    made = [
        Sample("add", "row 1/é", clip(), reference=clip(), source=clip(0.4), caption="a", seed=3),
        Sample("text_to_audio", "short", clip(0.02), seed=4),
    ]
    return SamplesReady(number, made, {"add/lsd.v1": 1.5, "text_to_audio/a@b": 2.0})


def checkpoint(run_dir, number):
    folder = run_dir / "checkpoints" / f"step-{number:08d}"
    folder.mkdir(parents=True)
    for name in ("recipe.yaml", "state.json", "dit.safetensors"):
        (folder / name).write_text("{}")
    return CheckpointSaved(number, folder)


@pytest.fixture(scope="module")
def clean_environment():
    with pytest.MonkeyPatch.context() as patch:
        for name in ENVIRONMENT:
            patch.delenv(name, raising=False)
        yield patch


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, clean_environment):
    """A run that crashed after step 12, resumed from step 10 with other settings, and ended."""
    run_dir = tmp_path_factory.mktemp("tracked") / "a rün 1"
    plugin.on_run_start(start(run_dir))
    for number in range(1, 11):
        plugin.on_step_end(step(number))
    plugin.on_checkpoint_saved(checkpoint(run_dir, 10))
    plugin.on_samples_ready(samples(10))
    plugin.on_step_end(step(11))
    plugin.on_step_end(step(12))
    plugin.on_run_end(RunEnd("failed", 12, "Step 13 gave a loss that is not finite"))
    first = json.loads((run_dir / "mlflow_run.json").read_text())
    plugin.on_run_start(start(run_dir, resumed=10, learning_rate=2e-3, steps=15))
    for number in range(11, 16):
        plugin.on_step_end(step(number, loss=0.25))
    plugin.on_run_end(RunEnd("finished", 15))
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=first["tracking_uri"])
    return run_dir, client, first["run_id"]


def artifacts(client, run_id, folder=None):
    found = []
    for item in client.list_artifacts(run_id, folder):
        found += artifacts(client, run_id, item.path) if item.is_dir else [item.path]
    return found


def test_the_store_lies_in_the_run(tracked):
    run_dir, client, run_id = tracked
    run = client.get_run(run_id)
    assert (run_dir / "mlflow.db").is_file()
    assert run.info.artifact_uri.startswith((run_dir / "mlartifacts").as_uri())
    assert client.get_experiment(run.info.experiment_id).name == "sounds"
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "tiny"
    assert not (run_dir / "mlflow_spool.jsonl").exists()


def test_a_resume_goes_on_in_the_same_run_without_repeating_steps(tracked):
    run_dir, client, run_id = tracked
    assert json.loads((run_dir / "mlflow_run.json").read_text())["run_id"] == run_id
    for key in ("train/loss", "train/loss/add", "learning_rate", "gradient_norm"):
        history = client.get_metric_history(run_id, key)
        assert [point.step for point in history] == list(range(1, 16)), key
    losses = [point.value for point in client.get_metric_history(run_id, "train/loss")]
    assert losses == [0.5] * 12 + [0.25] * 3


def test_the_recipe_is_logged_and_changes_become_tags(tracked):
    _, client, run_id = tracked
    data = client.get_run(run_id).data
    assert data.params["train.steps"] == "20"
    assert data.params["train.betas.1"] == "0.95"
    assert data.params["train.learning_rate"] == "0.002"
    assert data.tags["resume.1.train.steps"] == "15"
    assert data.tags["resume.1.from_step"] == "10"
    names = artifacts(client, run_id, "config")
    assert names == ["config/resolved.yaml", "config/resolved_from_step_00000010.yaml"]


def test_versions_and_licences_are_tags(tracked):
    _, client, run_id = tracked
    tags = client.get_run(run_id).data.tags
    assert tags["git.sha"] == tags["mlflow.source.git.commit"] == "0123abcd"
    assert tags["plugin.tasks"] == "audio-omni 0.1.0"
    assert "CC-BY-4.0, CC0-1.0" in tags["mlflow.note.content"]
    assert "not finite" in tags["failure"]


def test_sources_are_dataset_inputs_with_weight_and_share(tracked):
    _, client, run_id = tracked
    inputs = client.get_run(run_id).inputs.dataset_inputs
    by_name = {i.dataset.name: (i.dataset, {t.key: t.value for t in i.tags}) for i in inputs}
    assert set(by_name) == {*SHARES, HELD_OUT}
    dataset, tags = by_name["soundworld:sounds as text_to_audio"]
    assert dataset.digest == "abc"
    assert json.loads(dataset.profile) == {"num_rows": 100}
    assert (tags["task"], tags["weight"]) == ("text_to_audio", "3.0")
    assert (tags["realised_share"], tags["realised_share_step"]) == ("0.7500", "10")
    assert tags["mlflow.data.context"] == "train"


def test_what_is_measured_on_is_an_input_of_its_own(tracked):
    """Also where its digest is that of what is trained on."""
    _, client, run_id = tracked
    inputs = client.get_run(run_id).inputs.dataset_inputs
    by_name = {i.dataset.name: (i.dataset, {t.key: t.value for t in i.tags}) for i in inputs}
    dataset, tags = by_name[HELD_OUT]
    assert dataset.digest == "abc"
    assert json.loads(dataset.profile) == {"num_rows": 16}
    assert json.loads(dataset.source) == {"uri": "soundworld:sounds"}
    context = {"mlflow.data.context": "val", "task": "text_to_audio", "licences": "CC0-1.0"}
    assert tags == context


def test_skipped_rows_are_metrics_by_reason(tracked):
    _, client, run_id = tracked
    found = {
        key: [(p.step, p.value) for p in client.get_metric_history(run_id, key)]
        for key in ("skipped", "skipped/DataError", "skipped/MediaError")
    }
    assert found["skipped"] == [(12, 13.0), (13, 14.0), (14, 15.0), (15, 16.0)]
    assert found["skipped/DataError"] == [(12, 12.0), (13, 13.0), (14, 14.0), (15, 15.0)]
    assert found["skipped/MediaError"] == [(step, 1.0) for step in range(12, 16)]


def test_samples_are_clips_and_pictures_by_step(tracked):
    _, client, run_id = tracked
    names = artifacts(client, run_id)
    folder = "samples/step_00000010/add"
    assert [name for name in names if name.startswith(folder)] == [
        f"{folder}/1-{name}"
        for name in (
            "generated-row_1__-seed3.flac",
            "reference-row_1__-seed3.flac",
            "source-row_1__-seed3.flac",
            "spectrograms-row_1__-seed3.png",
        )
    ]
    table = json.loads(
        Path(client.download_artifacts(run_id, "samples/step_00000010/samples.json")).read_text()
    )
    assert table["samples"][0]["caption"] == "a"
    assert {path for row in table["samples"] for path in row["files"].values()} == {
        name for name in names if name.endswith(".flac")
    }
    images = [n for n in names if n.startswith("images/spectrogram~") and n.endswith(".png")]
    assert len(images) == 2
    assert all("+step+10+" in name for name in images)
    metrics = client.get_run(run_id).data.metrics
    assert metrics["eval/add/lsd.v1"] == 1.5
    assert metrics["eval/text_to_audio/a_b"] == 2.0
    assert metrics["mixture/share/soundworld:sounds as text_to_audio"] == 0.75


def test_a_picture_shows_the_tone(tracked):
    import numpy as np
    from PIL import Image

    run_dir = tracked[0]
    path = run_dir / "samples/step_00000010/add/1-spectrograms-row_1__-seed3.png"
    picture = np.asarray(Image.open(path), dtype=float).sum(axis=2)
    assert picture.shape[0] == 3 * (80 + 4)
    column = picture[84:164, 10]  # the result, between source and reference
    assert 55 <= int(column.argmax()) <= 70  # 440 Hz of 8 kHz on a mel scale, from the top


def test_a_checkpoint_is_a_logged_model_with_its_metrics(tracked):
    run_dir, client, run_id = tracked
    experiment = client.get_run(run_id).info.experiment_id
    models = client.search_logged_models(experiment_ids=[experiment])
    assert [m.name for m in models] == ["step-00000010"]
    assert models[0].status == "READY"
    assert models[0].source_run_id == run_id
    assert models[0].tags["uri"] == (run_dir / "checkpoints" / "step-00000010").as_uri()
    assert {m.key: m.value for m in models[0].metrics}["eval/add/lsd.v1"] == 1.5
    (output,) = client.get_run(run_id).outputs.model_outputs
    assert (output.model_id, output.step) == (models[0].model_id, 10)
    files = {f.path for f in client.list_logged_model_artifacts(models[0].model_id)}
    assert {"recipe.yaml", "state.json"} <= files


def test_a_dead_server_stops_nothing_and_is_caught_up_with(tmp_path, monkeypatch, caplog):
    for name in ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    run_dir = tmp_path / "run"
    began = time.monotonic()
    plugin.on_run_start(start(run_dir))
    for number in (1, 2, 3):
        plugin.on_step_end(step(number))
    plugin.on_run_end(RunEnd("stopped", 3))
    assert time.monotonic() - began < 20
    assert "MLflow does not answer" in caplog.text
    spooled = Spool(run_dir / "mlflow_spool.jsonl").read()
    assert [o["step"] for o in spooled if o["op"] == "metrics"] == [1, 2, 3]

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'server.db'}")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "from the environment")
    monkeypatch.chdir(tmp_path)
    plugin.on_run_start(start(run_dir, resumed=2))
    plugin.on_step_end(step(3))
    plugin.on_step_end(step(4))
    plugin.on_run_end(RunEnd("finished", 4))
    from mlflow import MlflowClient

    saved = json.loads((run_dir / "mlflow_run.json").read_text())
    client = MlflowClient(tracking_uri=saved["tracking_uri"])
    history = client.get_metric_history(saved["run_id"], "train/loss")
    assert [point.step for point in history] == [1, 2, 3, 4]
    run = client.get_run(saved["run_id"])
    assert client.get_experiment(run.info.experiment_id).name == "from the environment"
    assert run.info.status == "FINISHED"
    assert not (run_dir / "mlflow_spool.jsonl").exists()


def test_a_run_id_of_the_environment_is_used_and_stays(tmp_path, tracked, monkeypatch):
    _, client, run_id = tracked
    experiment = client.get_run(run_id).info.experiment_id
    other = client.create_run(experiment).info.run_id
    monkeypatch.setenv("MLFLOW_TRACKING_URI", client.tracking_uri)
    monkeypatch.setenv("MLFLOW_RUN_ID", other)
    plugin.on_run_start(start(tmp_path / "run"))
    plugin.on_step_end(step(1))
    plugin.on_run_end(RunEnd("stopped", 1))
    assert os.environ["MLFLOW_RUN_ID"] == other
    assert client.get_run(other).data.metrics["train/loss"] == 0.5
    assert client.get_run(other).info.status == "KILLED"


def test_nothing_happens_unless_the_recipe_asks(tmp_path):
    plugin.on_run_start(start(tmp_path / "run", observers=()))
    plugin.on_step_end(step(1))
    plugin.on_run_end(RunEnd("finished", 1))
    assert not (tmp_path / "run").exists()


def test_without_mlflow_one_line_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(tracker.importlib.util, "find_spec", lambda name: None)
    plugin.on_run_start(start(tmp_path / "run"))
    plugin.on_step_end(step(1))
    plugin.on_run_end(RunEnd("finished", 1))
    assert caplog.text.count("MLflow is not installed") == 1
    assert not (tmp_path / "run").exists()


def test_importing_the_hooks_loads_nothing_heavy():
    code = (
        "import sys; import audio_omni.plugins.mlflow_tracking.plugin; "
        "print([m for m in ('torch', 'mlflow', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
