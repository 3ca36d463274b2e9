"""A real tracking server that answers 500 to one operation, always: the others go on."""

import json

import pytest
from audio_omni.core.training.session import train

pytest.importorskip("mlflow")
MODELS = "/api/2.0/mlflow/logged-models"


def is_third_model(path, body):
    return path.endswith(MODELS) and b"step-00000003" in (body or b"")


def is_clip(path, body):
    return path.endswith(".flac") and body is not None


def is_step_two(path, body):
    return path.endswith("log-batch") and any(
        metric.get("key") == "train/loss" and metric.get("step") == 2
        for metric in json.loads(body or b"{}").get("metrics", [])
    )


def files(client, run_id, folder=None):
    found = []
    for item in client.list_artifacts(run_id, folder):
        found += files(client, run_id, item.path) if item.is_dir else [item.path]
    return found


def state(client, run_id):
    """What a user sees of a run: losses, models with metrics, clips, sources, status."""
    run = client.get_run(run_id)
    models = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run_id}' AND name LIKE 'step-%'"
    )
    keys = ("train/loss", "eval/remove/lsd")
    return {
        "status": run.info.status,
        "steps": {k: [p.step for p in client.get_metric_history(run_id, k)] for k in keys},
        "models": {m.name: (m.status, len(m.metrics or ())) for m in models},
        "clips": sum(name.endswith(".flac") for name in files(client, run_id, "samples")),
        "sources": len(run.inputs.dataset_inputs),
    }


@pytest.fixture(scope="module")
def whole(server, host, tracked_recipe, tracked_as, tmp_path_factory):
    """What a run has where nothing fails; six steps, measured and saved at 3 and 6."""
    run = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server.uri)
        train(tracked_recipe(), host, run)
    return state(*tracked_as(run))


@pytest.mark.parametrize("fails", [is_third_model, is_clip, is_step_two], ids=lambda f: f.__name__)
def test_the_others_go_on_and_it_is_sent_once_it_is_taken(
    fails, whole, proxy, host, tracked_recipe, tracked_as, tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", proxy.uri)
    run = tmp_path / "run"
    proxy.fails = fails
    assert train(tracked_recipe(), host, run).status == "finished"
    assert proxy.failed
    client, run_id = tracked_as(run)
    missing = {
        is_third_model: {"models": {"step-00000006": whole["models"]["step-00000006"]}},
        is_clip: {"clips": 0},
        is_step_two: {"steps": {**whole["steps"], "train/loss": [1, 3, 4, 5, 6]}},
    }[fails]
    assert state(client, run_id) == {**whole, **missing}
    assert whole["models"]["step-00000003"][1] > 0
    assert not (run / "mlflow_spool.jsonl").exists()
    assert (run / "mlflow_held.jsonl").exists()
    assert caplog.text.count("MLflow answers, but fails at the") == 1
    assert caplog.text.count("MLflow failed at these until the end") == 1
    assert "500" in caplog.text

    proxy.fails = lambda path, body: False
    train(tracked_recipe(), host, run, resume=True)
    found = state(client, run_id)
    found["steps"]["train/loss"].sort()  # by time, and one came late
    assert found == whole
    assert not (run / "mlflow_held.jsonl").exists()
