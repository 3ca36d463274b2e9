"""Applies operations to MLflow, with one client and explicit run ids; no global MLflow state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

from .settings import Settings, limit_retries, save_run_id
from .spool import Operation

BATCH = 100
RESUMES = "resume.count"


class Store:
    """One MLflow run.

    Attributes:
        client: talks to the tracking URI of the settings.
        run_id: the run.
        experiment_id: its experiment.
    """

    def __init__(self, settings: Settings, run_name: str) -> None:
        """Open the run, or start one; raises what MLflow raises when that is not possible."""
        limit_retries(settings.uri)
        logging.getLogger("alembic").setLevel(logging.WARNING)  # a page of migrations on stderr
        for name in ("mlflow.store.db.utils", "mlflow.system_metrics.system_metrics_monitor"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.settings = settings
        self.client = MlflowClient(tracking_uri=settings.uri)
        self._last: dict[str, int] = {}
        self._models: dict[int, str] = {}
        if settings.run_id is None:
            self.experiment_id = self._experiment()
            run = self.client.create_run(self.experiment_id, run_name=run_name)
        else:
            run = self.client.get_run(settings.run_id)
            self.experiment_id = run.info.experiment_id
            self.client.update_run(settings.run_id, status="RUNNING")
        self.run_id: str = run.info.run_id
        save_run_id(settings.run_dir, self.run_id, settings.uri)
        self._monitor = _start_monitor(self) if settings.options.system_metrics else None

    def apply(self, operation: Operation) -> None:
        """Send one operation; raises what MLflow raises."""
        handlers: dict[str, Callable[[Operation], None]] = {
            "params": self._params,
            "tags": self._tags,
            "metrics": lambda o: self.metrics([o]),
            "artifact": self._artifact,
            "dict": self._dict,
            "image": self._image,
            "datasets": self._datasets,
            "model": self._model,
            "end": self._end,
        }
        handlers[operation["op"]](operation)

    def metrics(self, operations: list[Operation]) -> None:
        """Log the points of several operations at once; a step that is there is left out.

        MLflow keeps both points of a step that is logged twice, so a run that resumes before its
        last logged step, or a replay that was cut off, must not send them again.
        """
        points = []
        for operation in operations:
            step, model = operation["step"], self._models.get(operation["step"])
            for key, value in operation["values"].items():
                if step > self._last_step(key):
                    self._last[key] = step
                    named = model if operation.get("of_model") else None
                    points.append(Metric(key, value, operation["at_ms"], step, model_id=named))
        try:
            for start in range(0, len(points), 5 * BATCH):
                self.client.log_batch(self.run_id, metrics=points[start : start + 5 * BATCH])
        except Exception:
            for point in points:  # not known to be there
                self._last.pop(point.key, None)
            raise

    def _last_step(self, key: str) -> int:
        if key not in self._last:
            history = self.client.get_metric_history(self.run_id, key)
            self._last[key] = max((point.step for point in history), default=-1)
        return self._last[key]

    def _experiment(self) -> str:
        name = self.settings.experiment
        known = self.client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(self.client.create_experiment(name, artifact_location=self.settings.artifacts))

    def _params(self, operation: Operation) -> None:
        """Log parameters; they are immutable, so changed ones become tags of the resume."""
        run = self.client.get_run(self.run_id)
        known, wanted = run.data.params, operation["values"]
        self._log_params({k: v for k, v in wanted.items() if k not in known})
        if not operation["resumed"]:
            return
        count = int(run.data.tags.get(RESUMES, "0")) + 1
        changed = {k: v for k, v in wanted.items() if k in known and known[k] != v}
        self._set_tags(
            {RESUMES: str(count), f"resume.{count}.from_step": str(operation["from_step"])}
            | {f"resume.{count}.{key}": value for key, value in changed.items()}
        )

    def _log_params(self, values: Mapping[str, str]) -> None:
        params = [Param(key, value) for key, value in values.items()]
        for start in range(0, len(params), BATCH):
            self.client.log_batch(self.run_id, params=params[start : start + BATCH])

    def _tags(self, operation: Operation) -> None:
        self._set_tags(operation["values"])

    def _set_tags(self, values: Mapping[str, str]) -> None:
        tags = [RunTag(key, value[:5000]) for key, value in values.items()]
        for start in range(0, len(tags), BATCH):
            self.client.log_batch(self.run_id, tags=tags[start : start + BATCH])

    def _artifact(self, operation: Operation) -> None:
        self.client.log_artifact(self.run_id, operation["path"], operation["folder"])

    def _dict(self, operation: Operation) -> None:
        self.client.log_dict(self.run_id, operation["values"], operation["file"])

    def _image(self, operation: Operation) -> None:
        from PIL import Image

        with Image.open(operation["path"]) as image:
            self.client.log_image(
                self.run_id,
                image.convert("RGB"),
                key=operation["key"],
                step=operation["step"],
                timestamp=operation["at_ms"],
                synchronous=True,
            )

    def _datasets(self, operation: Operation) -> None:
        inputs = [
            DatasetInput(
                Dataset(d["name"], d["digest"], "audio_omni", d["source"], profile=d["profile"]),
                tags=[InputTag(key, value) for key, value in d["tags"].items()],
            )
            for d in operation["datasets"]
        ]
        self.client.log_inputs(self.run_id, datasets=inputs)

    def _model(self, operation: Operation) -> None:
        """Log a checkpoint as a model: its description always, its weights when asked for."""
        folder = Path(operation["path"])
        step = operation["step"]
        model = self.client.create_logged_model(
            self.experiment_id,
            name=folder.name,
            source_run_id=self.run_id,
            params={"step": str(step)},
            model_type="audio-omni",
            tags={"uri": folder.as_uri(), "step": str(step)},
        )
        self._models[step] = model.model_id
        status = "FAILED"  # the folder may be gone by now: older checkpoints are removed
        if folder.is_dir():
            self._upload(model.model_id, folder)
            status = "READY"
        self.client.finalize_logged_model(model.model_id, status)

    def _upload(self, model_id: str, folder: Path) -> None:
        if self.settings.options.upload_checkpoints:
            self.client.log_model_artifacts(model_id, str(folder))
            return
        for name in ("recipe.yaml", "state.json"):
            if (folder / name).is_file():
                self.client.log_model_artifact(model_id, str(folder / name))

    def _end(self, operation: Operation) -> None:
        if self._monitor is not None:
            self._monitor.finish()
        self.client.set_terminated(
            self.run_id, status=operation["status"], end_time=operation["at_ms"]
        )


def _start_monitor(store: Store) -> Any:
    """Start MLflow's monitor of CPU, memory, disk and GPU; return it, or `None` without psutil."""
    try:
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        monitor = SystemMetricsMonitor(
            store.run_id,
            sampling_interval=store.settings.options.system_metrics_interval_s,
            resume_logging=True,
            tracking_uri=store.settings.uri,
        )
        monitor.start()
    except ImportError:
        return None
    return monitor
