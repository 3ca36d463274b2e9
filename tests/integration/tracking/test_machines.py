"""One MLflow run of several machines: the first process tells, each machine adds its load."""

import json
import os
import socket
import subprocess
import sys
from collections import Counter

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("psutil")
SETTINGS = (
    "train.steps=160",
    "train.log_every=1",
    "train.checkpoint_every=160",
    "evaluation.every=null",
    "loader.batch_size=4",
    "loader.workers=0",
    "tracking.observers=[mlflow]",
    "tracking.options.mlflow.system_metrics_interval_s=0.1",
    *(f"mixture.sources.{i}.max_rows=6" for i in range(3)),
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(run, node, port, uri):
    """Start the processes of one machine of two; both are this one."""
    where = ["--nnodes", "2", "--node-rank", node, "--nproc-per-node", 1]
    where += ["--master-addr", "127.0.0.1", "--master-port", port]
    words = [sys.executable, "-m", "torch.distributed.run", *where, "-m", "audio_omni"]
    words += ["train", "micro", "-o", run, "--json"]
    for setting in SETTINGS:
        words += ["--set", setting]
    return subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MLFLOW_TRACKING_URI": uri},
    )


def train_on_two_machines(run, uri):
    port = free_port()
    both = [started(run, node, port, uri) for node in (0, 1)]
    said = []
    for process in both:
        printed, failed = process.communicate(timeout=240)
        assert process.returncode == 0, failed[-3000:]
        said.append(printed)
    assert json.loads(said[0])["step"] == 160  # and nothing of MLflow's beside it
    assert said[1] == ""


def test_two_machines_are_one_run_with_the_load_of_each(server, tmp_path, tracked_as):
    from mlflow import MlflowClient

    run = tmp_path / "run"
    client = MlflowClient(tracking_uri=server.uri)
    before = _runs(client)
    train_on_two_machines(run, server.uri)
    _, run_id = tracked_as(run)
    assert _runs(client) - before == {run_id}
    steps = [point.step for point in client.get_metric_history(run_id, "train/loss")]
    assert steps == list(range(1, 161))
    data = client.get_run(run_id).data
    assert data.tags["world.size"] == "2"
    assert data.tags["launch"] == json.loads((run / "mlflow_run.json").read_text())["launch"]
    for node in ("node-0", "node-1"):
        key = f"system/{node}/cpu_utilization_percentage"
        seen = Counter(point.step for point in client.get_metric_history(run_id, key))
        assert seen, key
        assert set(seen.values()) == {1}, f"{key}: {seen}"
    unnamed = [k for k in data.metrics if k.startswith("system/") and not k.startswith("system/n")]
    assert [key for key in unnamed if "network" not in key] == []


def _runs(client):
    experiments = [found.experiment_id for found in client.search_experiments()]
    return {found.info.run_id for found in client.search_runs(experiments)}
