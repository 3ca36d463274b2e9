"""Runs of ``micro`` in a real tracking server, which is away now and then."""

import io
import json
import subprocess
import sys
from collections import Counter

import pytest
import soundfile
from audio_omni.core.events import StepEnd
from audio_omni.core.training.session import train

pytest.importorskip("mlflow")
BEST = {"name": "tiny-sounds", "metric": "eval/remove/lsd"}


def steps_of(client, run_id, key):
    return [point.step for point in client.get_metric_history(run_id, key)]


def files(client, run_id, folder=None):
    found = []
    for item in client.list_artifacts(run_id, folder):
        found += files(client, run_id, item.path) if item.is_dir else [item.path]
    return found


def models_of(client, run_id):
    experiment = client.get_run(run_id).info.experiment_id
    found = client.search_logged_models([experiment], f"source_run_id = '{run_id}'")
    return {model.name: model for model in found}


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, server, host, tracked_recipe, impatient):
    """Six steps from the weights of another run, then two more after a resume."""
    folder = tmp_path_factory.mktemp("tracked")
    impatient.setenv("MLFLOW_TRACKING_URI", server.uri)
    quiet = ("tracking.observers=[]", "evaluation.every=null", "train.steps=1")
    train(tracked_recipe(*quiet), host, folder / "base")
    begins = f"train.start_from={folder / 'base'}"
    registers = f"tracking.options.mlflow.registered_model={json.dumps(BEST)}"
    run = folder / "run"
    both = "tracking.observers=[mlflow, jsonl]"
    train(tracked_recipe(begins, registers, both), host, run)
    first = json.loads((run / "mlflow_run.json").read_text())
    train(tracked_recipe(begins, registers, both, "train.steps=8"), host, run, resume=True)
    from mlflow import MlflowClient

    return run, MlflowClient(tracking_uri=server.uri), first["run_id"]


def test_a_resume_goes_on_in_the_same_run_without_a_doubled_step(tracked):
    run, client, run_id = tracked
    assert json.loads((run / "mlflow_run.json").read_text())["run_id"] == run_id
    data = client.get_run(run_id)
    assert data.info.status == "FINISHED"
    for key in ("train/loss", "learning_rate", "gradient_norm", "examples_per_s"):
        assert steps_of(client, run_id, key) == [1, 2, 3, 4, 5, 6, 7, 8], key
    assert steps_of(client, run_id, "eval/remove/lsd") == [3, 6, 8]
    assert data.data.params["train.steps"] == "6"
    assert data.data.tags["resume.1.train.steps"] == "8"
    assert not (run / "mlflow_spool.jsonl").exists()


def test_a_second_tracker_tells_the_same(tracked):
    run, client, run_id = tracked
    lines = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    entries = [entry for entry in lines if entry["event"] == "step_end"]
    points = client.get_metric_history(run_id, "train/loss")
    assert [(entry["step"], entry["loss"]) for entry in entries] == [
        (point.step, point.value) for point in points
    ]


def test_sources_are_dataset_inputs(tracked):
    _, client, run_id = tracked
    inputs = client.get_run(run_id).inputs.dataset_inputs
    by_name = {i.dataset.name: (i.dataset, {t.key: t.value for t in i.tags}) for i in inputs}
    trained_on = {
        "soundworld:sounds as text_to_audio",
        "soundworld:music as text_to_music",
        "soundworld:remove as remove",
    }
    assert set(by_name) == trained_on | {f"{name}, held out" for name in trained_on}
    dataset, tags = by_name["soundworld:sounds as text_to_audio"]
    assert len(dataset.digest) > 8
    assert tags["weight"] == "2.0"
    assert tags["licences"] == "CC0-1.0"
    shares = [float(by_name[name][1]["realised_share"]) for name in trained_on]
    assert sum(shares) == pytest.approx(1.0, abs=1e-3)
    held_out, tags = by_name["soundworld:sounds as text_to_audio, held out"]
    assert held_out.digest != dataset.digest
    assert tags["mlflow.data.context"] == "val"


def test_samples_are_clips_that_can_be_fetched_and_played(tracked, tmp_path):
    _, client, run_id = tracked
    found = files(client, run_id, "samples")
    clips = [name for name in found if name.endswith(".flac")]
    assert {name.split("/")[1] for name in clips} == {f"step_{n:08d}" for n in (3, 6, 8)}
    assert {name.split("/")[2] for name in clips} >= {"text_to_audio", "text_to_music", "remove"}
    path = client.download_artifacts(run_id, clips[0], str(tmp_path))
    with open(path, "rb") as file:
        samples, rate = soundfile.read(io.BytesIO(file.read()))
    assert rate > 0
    assert len(samples) > 0
    pictures = Counter(n.split("+step+")[1].split("+")[0] for n in files(client, run_id, "images"))
    assert pictures == {"3": 6, "6": 6, "8": 6}  # a picture and its thumbnail, of three tasks


def test_checkpoints_are_logged_models_with_their_metrics(tracked):
    run, client, run_id = tracked
    models = models_of(client, run_id)
    assert sorted(models) == [f"step-{n:08d}" for n in (3, 6, 8)]
    assert {model.status for model in models.values()} == {"READY"}
    for step in (3, 6, 8):
        model = models[f"step-{step:08d}"]
        assert model.tags["uri"] == (run / "checkpoints" / model.name).as_uri()
        values = {metric.key: metric.value for metric in model.metrics}
        points = client.get_metric_history(run_id, "eval/remove/lsd")
        assert values["eval/remove/lsd"] == next(p.value for p in points if p.step == step)


def test_the_best_checkpoint_has_the_alias_and_brings_its_weights(tracked, tmp_path):
    _, client, run_id = tracked
    points = client.get_metric_history(run_id, "eval/remove/lsd")
    best = min(points, key=lambda point: point.value)
    version = client.get_model_version_by_alias("tiny-sounds", "champion")
    assert version.tags["step"] == str(best.step)
    assert float(version.tags["value"]) == best.value
    assert version.tags["direction"] == "lower"
    assert version.tags["licences"] == "CC0-1.0"
    assert version.run_id == run_id
    model = models_of(client, run_id)[f"step-{best.step:08d}"]
    names = {file.path for file in client.list_logged_model_artifacts(model.model_id)}
    assert {"recipe.yaml", "state.json", "dit.safetensors", "ema.safetensors"} <= names


def test_what_it_began_with_and_licences_are_tags(tracked):
    run, client, run_id = tracked
    tags = client.get_run(run_id).data.tags
    assert tags["base.checkpoint"] == str(run.parent / "base")
    assert len(tags["base.digest"]) == 64
    assert tags["base.step"] == "1"
    assert tags["licences"] == "CC0-1.0"
    assert tags["world.size"] == "1"


def test_a_server_that_fails_every_time_stops_nothing(
    failing_server, host, tracked_recipe, tmp_path, monkeypatch, caplog
):
    uri, asked = failing_server
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    outcome = train(tracked_recipe("train.steps=3"), host, tmp_path / "run")
    assert (outcome.status, outcome.step) == ("finished", 3)
    assert asked
    assert caplog.text.count("MLflow does not answer") == 1
    assert "500" in caplog.text
    lines = (tmp_path / "run" / "mlflow_spool.jsonl").read_text().splitlines()
    waiting = [json.loads(line) for line in lines]
    losses = [o["step"] for o in waiting if o["op"] == "metrics" and "train/loss" in o["values"]]
    assert losses == [1, 2, 3]
    assert waiting[-1] == {"op": "end", "status": "FINISHED", "at_ms": waiting[-1]["at_ms"]}
    assert not (tmp_path / "run" / "mlflow_held.jsonl").exists()


def test_a_server_killed_in_the_middle_gets_everything_once_it_is_back(
    server, host, tracked_recipe, tracked_as, tmp_path, monkeypatch
):
    """Killed after step 2 of twelve, back before step 9; nothing is lost, nothing doubled."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    run, waited = tmp_path / "run", []

    def strike(event):
        if not isinstance(event, StepEnd):
            return
        if event.step == 2:
            server.kill()
        if event.step == 8:
            waited.extend((run / "mlflow_spool.jsonl").read_text().splitlines())
            server.start().wait()

    recipe = tracked_recipe("train.steps=12", "train.keep_checkpoints=12")
    assert train(recipe, host, run, observers=[strike]).status == "finished"
    assert {3, 4, 5, 6, 7} <= {json.loads(line).get("step") for line in waited}
    client, run_id = tracked_as(run)
    assert client.get_run(run_id).info.status == "FINISHED"
    assert steps_of(client, run_id, "train/loss") == list(range(1, 13))
    assert steps_of(client, run_id, "eval/remove/lsd") == [3, 6, 9, 12]
    models = models_of(client, run_id)
    assert sorted(models) == [f"step-{n:08d}" for n in (3, 6, 9, 12)]
    assert all(model.status == "READY" and model.metrics for model in models.values())
    assert len(client.get_run(run_id).inputs.dataset_inputs) == 6
    assert not (run / "mlflow_spool.jsonl").exists()


def test_what_a_finished_run_could_not_send_is_sent_by_a_resume(
    server, failing_server, host, tracked_recipe, tracked_as, tmp_path, monkeypatch
):
    run = tmp_path / "run"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", failing_server[0])
    train(tracked_recipe(), host, run)
    assert (run / "mlflow_spool.jsonl").exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    assert train(tracked_recipe(), host, run, resume=True).step == 6
    client, run_id = tracked_as(run)
    assert steps_of(client, run_id, "train/loss") == [1, 2, 3, 4, 5, 6]
    assert sorted(models_of(client, run_id)) == ["step-00000003", "step-00000006"]
    assert client.get_run(run_id).info.status == "FINISHED"
    assert not (run / "mlflow_spool.jsonl").exists()


def test_what_a_finished_run_could_not_send_is_sent_by_a_command(
    server, failing_server, host, tracked_recipe, tracked_as, tmp_path, monkeypatch
):
    run = tmp_path / "run"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", failing_server[0])
    train(tracked_recipe(), host, run)
    checkpoints = {path: path.stat().st_mtime_ns for path in (run / "checkpoints").rglob("*")}
    words = [sys.executable, "-m", "audio_omni", "tracking", "replay", str(run), "--json"]
    away = subprocess.run(words, capture_output=True, text=True, check=False)
    assert away.returncode == 1
    assert json.loads(away.stdout)["sent"] == 0
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["sent"] > 6
    assert found["waiting"] == 0
    assert found["tracking_uri"] == server.uri
    client, run_id = tracked_as(run)
    assert run_id == found["run_id"]
    assert steps_of(client, run_id, "train/loss") == [1, 2, 3, 4, 5, 6]
    assert sorted(models_of(client, run_id)) == ["step-00000003", "step-00000006"]
    assert len(client.get_run(run_id).inputs.dataset_inputs) == 6
    assert client.get_run(run_id).info.status == "FINISHED"
    assert {path: path.stat().st_mtime_ns for path in checkpoints} == checkpoints
