"""Logged models say whether their checkpoint is still there."""

import shutil

import pytest

TAG = "audio_omni.checkpoint"
BEST = {"registered_model": {"name": "sounds", "metric": "eval/add/lsd"}}


def models(told):
    experiment = told.run.info.experiment_id
    return {model.name: model for model in told.client.search_logged_models([experiment])}


def said(told):
    return {name: (str(m.status), m.tags[TAG]) for name, m in sorted(models(told).items())}


def remove(told, step):
    """Do what retention does before a later checkpoint is told of."""
    shutil.rmtree(told.run_dir / "checkpoints" / f"step-{step:08d}")


def test_a_checkpoint_that_retention_removed_is_no_ready_model(told, tmp_path):
    run = told(tmp_path / "run").start().checkpoint(1).checkpoint(2)
    run.worker_is_idle()
    assert said(run) == {
        "step-00000001": ("READY", "present"),
        "step-00000002": ("READY", "present"),
    }
    remove(run, 1)
    run.checkpoint(3).end()
    assert said(run) == {
        "step-00000001": ("FAILED", "removed"),
        "step-00000002": ("READY", "present"),
        "step-00000003": ("READY", "present"),
    }
    found = run.client.search_logged_models(
        [run.run.info.experiment_id], f"tags.`{TAG}` = 'present'"
    )
    assert sorted(model.name for model in found) == ["step-00000002", "step-00000003"]


def test_it_keeps_its_metrics(told, tmp_path):
    run = told(tmp_path / "run").start().checkpoint(1).measured(1, add__lsd=2.0)
    run.worker_is_idle()
    remove(run, 1)
    run.checkpoint(2).end()
    (metric,) = models(run)["step-00000001"].metrics
    assert (metric.key, metric.value) == ("eval/add/lsd", 2.0)


def test_one_whose_weights_were_uploaded_stays_ready(told, tmp_path):
    run = told(tmp_path / "run", options={"upload_checkpoints": True}).start().checkpoint(1)
    run.worker_is_idle()
    remove(run, 1)
    run.checkpoint(2).end()
    assert said(run)["step-00000001"] == ("READY", "removed")
    files = run.client.list_logged_model_artifacts(models(run)["step-00000001"].model_id)
    assert "dit.safetensors" in {file.path for file in files}


@pytest.mark.parametrize(("upload", "status"), [(True, "READY"), (False, "FAILED")])
def test_the_registry_says_so_too(told, tmp_path, upload, status):
    wanted = {"registered_model": {**BEST["registered_model"], "upload": upload}}
    run = told(tmp_path / "run", options=wanted).start().checkpoint(1).measured(1, add__lsd=1.0)
    run.worker_is_idle()
    remove(run, 1)
    run.checkpoint(2).measured(2, add__lsd=2.0).end()
    assert said(run)["step-00000001"] == (status, "removed")
    version = run.client.get_model_version_by_alias("sounds", "champion")
    assert (version.tags["step"], version.tags[TAG]) == ("1", "removed")


def test_a_version_that_somebody_deleted_holds_nothing_up(told, tmp_path):
    run = told(tmp_path / "run", options=BEST).start().checkpoint(1).measured(1, add__lsd=1.0)
    run.worker_is_idle()
    run.client.delete_registered_model("sounds")
    remove(run, 1)
    run.checkpoint(2).end()
    assert said(run)["step-00000001"] == ("READY", "removed")
    assert not (run.run_dir / "mlflow_held.jsonl").exists()


def test_a_resume_marks_what_was_removed_before(told, tmp_path):
    run = told(tmp_path / "run").start().checkpoint(1).checkpoint(2).end("stopped", 2)
    remove(run, 1)
    run.start(resumed=2).checkpoint(3).end()
    assert said(run)["step-00000001"] == ("FAILED", "removed")


def test_a_model_that_is_logged_late_says_that_its_files_are_gone(told, tmp_path, monkeypatch):
    from audio_omni.plugins.mlflow_tracking.models import Models

    run, log = told(tmp_path / "run").start(), Models.log

    def fails(own, operation):
        if operation["step"] == 1:
            raise ConnectionError("500")
        log(own, operation)

    monkeypatch.setattr(Models, "log", fails)
    run.checkpoint(1).checkpoint(2).end("stopped", 2)
    assert list(said(run)) == ["step-00000002"]
    remove(run, 1)
    monkeypatch.setattr(Models, "log", log)
    run.start(resumed=2).end()
    assert said(run)["step-00000001"] == ("FAILED", "removed")


def test_a_checkpoint_that_is_made_anew_is_ready_again(told, tmp_path):
    run = told(tmp_path / "run").start().checkpoint(1).checkpoint(2)
    run.worker_is_idle()
    remove(run, 2)
    run.checkpoint(3)
    run.worker_is_idle()
    assert said(run)["step-00000002"] == ("FAILED", "removed")
    run.checkpoint(2).end()
    assert said(run)["step-00000002"] == ("READY", "present")


def test_models_of_a_folder_that_was_moved_are_still_there(told, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'all.db'}")
    monkeypatch.chdir(tmp_path)
    run = told(tmp_path / "run").start().checkpoint(1).end("stopped", 1)
    run.run_dir = run.run_dir.rename(tmp_path / "moved")
    run.start(resumed=1).checkpoint(2).end()
    assert [state for state, _ in said(run).values()] == ["READY", "READY"]
