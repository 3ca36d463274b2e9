"""Runs without a server: each in a database of its own, without system metrics."""

import os
import shutil
import time
from pathlib import Path

import pytest
from audio_omni.core.events import CheckpointSaved, RunEnd, RunStart, SamplesReady, StepEnd
from audio_omni.plugins.mlflow_tracking import plugin
from audio_omni.plugins.mlflow_tracking.run_file import read_run_file


@pytest.fixture
def own_store(monkeypatch):
    """Nothing of the user's own tracking decides where a test writes."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database with its tables: to make them takes MLflow seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


class Told:
    """Tells the tracker what happens in a run, as the loop does."""

    def __init__(self, run_dir, database, **tracking):
        self.run_dir = run_dir
        self.database = database
        self.base = Path(tracking.get("parent", run_dir))
        options = {"system_metrics": False, **tracking.pop("options", {})}
        self.recipe = {
            "name": run_dir.name,
            "seed": tracking.pop("seed", 0),
            "train": {"steps": 4},
            "tracking": {
                "observers": ["mlflow"],
                "experiment": "sounds",
                "options": {"mlflow": options},
                **tracking,
            },
        }

    def start(self, resumed=None, **tags):
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        path = Path(uri.removeprefix("sqlite:///")) if uri else self.base / "mlflow.db"
        if not path.exists() and not (uri or "").startswith("http"):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.database, path)
        plugin.on_run_start(RunStart(self.run_dir, self.recipe, [], resumed, tags))
        return self

    def step(self, number):
        plugin.on_step_end(StepEnd(number, 1.0, {}, 1e-3, 1.0, 1.0, 1.0))
        return self

    def checkpoint(self, number):
        folder = self.run_dir / "checkpoints" / f"step-{number:08d}"
        folder.mkdir(parents=True)
        for name in ("recipe.yaml", "state.json", "dit.safetensors"):
            (folder / name).write_text("{}")
        plugin.on_checkpoint_saved(CheckpointSaved(number, folder))
        return self

    def measured(self, number, direction="lower", **values):
        metrics = {name.replace("__", "/"): value for name, value in values.items()}
        directions = dict.fromkeys(metrics, direction) if direction else {}
        plugin.on_samples_ready(SamplesReady(number, [], metrics, directions))
        return self

    def worker_is_idle(self):
        """Wait until all that was told so far is sent, or held."""
        spool = self.run_dir / "mlflow_spool.jsonl"
        deadline = time.monotonic() + 30
        while spool.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not spool.stat().st_size
        return self

    def end(self, status="finished", step=4):
        plugin.on_run_end(RunEnd(status, step))
        return self

    @property
    def client(self):
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=read_run_file(self.run_dir).tracking_uri)

    @property
    def run_id(self):
        return read_run_file(self.run_dir).run_id

    @property
    def run(self):
        return self.client.get_run(self.run_id)


@pytest.fixture
def told(own_store, empty_database):
    """A function that returns a run in a folder, with settings of its ``tracking``."""
    pytest.importorskip("mlflow")
    return lambda run_dir, **tracking: Told(run_dir, empty_database, **tracking)
