"""Runs of a study, and measurements of a run, are children of one run."""

import threading

import pytest
from audio_omni.core.events import Evaluated
from audio_omni.plugins.mlflow_tracking import plugin
from audio_omni.plugins.mlflow_tracking.run_file import RunFile, offer_run_file, read_run_file

PARENT = "mlflow.parentRunId"


def test_runs_of_a_study_are_children_of_one_run(told, tmp_path):
    study = tmp_path / "rates"
    first = told(study / "low", parent=str(study)).start().step(1)
    parent = read_run_file(study)
    running = first.client.get_run(parent.run_id)
    assert (running.info.status, running.info.run_name) == ("RUNNING", "rates")
    first.end("failed")
    second = told(study / "high", parent=str(study)).start().step(1).end()
    assert first.run.data.tags[PARENT] == second.run.data.tags[PARENT] == parent.run_id
    assert first.run_id != second.run_id
    assert first.client.get_run(parent.run_id).info.status == "FINISHED"
    assert (study / "mlflow.db").is_file()
    assert not (study / "low" / "mlflow.db").exists()
    children = first.client.search_runs(
        [running.info.experiment_id], f"tags.`{PARENT}` = '{parent.run_id}'"
    )
    assert {run.info.run_id for run in children} == {first.run_id, second.run_id}


def test_a_resumed_child_stays_a_child(told, tmp_path):
    study = tmp_path / "study"
    run = told(study / "a", parent=str(study)).start().step(1).end("stopped", 1)
    before = run.run_id
    told(study / "a", parent=str(study)).start(resumed=1).step(2).end()
    assert run.run_id == before
    assert run.run.data.tags[PARENT] == read_run_file(study).run_id
    assert [p.step for p in run.client.get_metric_history(before, "train/loss")] == [1, 2]


def test_a_run_that_is_there_can_be_the_parent(told, tmp_path, monkeypatch):
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'all.db'}")
    monkeypatch.chdir(tmp_path)
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'all.db'}")
    owner = client.create_run(client.create_experiment("mine")).info.run_id
    client.set_terminated(owner, status="KILLED")
    run = told(tmp_path / "run", options={"parent_run_id": owner}).start().end()
    assert run.run.data.tags[PARENT] == owner
    assert client.get_run(owner).info.status == "KILLED"  # its owner's to begin and end


def test_of_runs_that_start_at_once_one_makes_the_parent(tmp_path):
    """Whoever is late is told the run of whoever was first."""
    barrier, kept = threading.Barrier(8), []

    def offer(number):
        barrier.wait()
        kept.append(offer_run_file(tmp_path, RunFile(f"run-{number}", "sqlite://")).run_id)

    threads = [threading.Thread(target=offer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 8
    assert set(kept) == {read_run_file(tmp_path).run_id}
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow_run.json"]


def test_a_parent_in_another_store_is_replaced(tmp_path):
    offer_run_file(tmp_path, RunFile("old", "http://gone"))
    assert offer_run_file(tmp_path, RunFile("new", "sqlite://")).run_id == "new"


def test_measurements_after_a_run_are_a_child_of_it(told, tmp_path):
    run = told(tmp_path / "run").start().step(1).end("stopped", 1)
    details = {"results": {"add/lsd": {"n": 8}}}
    event = Evaluated(run.run_dir, run.recipe, "table 5", 4, {"add/lsd": 1.5}, details)
    plugin.on_evaluated(event)
    experiment = run.run.info.experiment_id
    (child,) = run.client.search_runs([experiment], f"tags.`{PARENT}` = '{run.run_id}'")
    assert child.info.run_name == "eval/table 5"
    assert child.info.status == "FINISHED"
    (point,) = run.client.get_metric_history(child.info.run_id, "eval/add/lsd")
    assert (point.value, point.step) == (1.5, 4)
    names = [item.path for item in run.client.list_artifacts(child.info.run_id)]
    assert names == ["evaluation.json"]
    assert run.run.info.status == "KILLED"  # as training left it


@pytest.mark.parametrize("is_tracked", [True, False])
def test_measurements_that_cannot_be_recorded_raise_nothing(told, tmp_path, caplog, is_tracked):
    run = told(tmp_path / "run")
    if is_tracked:
        run.run_dir.mkdir()
        offer_run_file(run.run_dir, RunFile("0" * 32, "http://127.0.0.1:9"))
    plugin.on_evaluated(Evaluated(run.run_dir, run.recipe, "demo", 4, {"add/lsd": 1.5}))
    assert ("'demo' of" in caplog.text) is is_tracked
