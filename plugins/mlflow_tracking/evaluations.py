"""Measurements of a run that had ended, as a child of that run."""

from __future__ import annotations

import json
import logging
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag

from ...core.events import Evaluated
from .naming import allowed_name
from .parents import PARENT
from .run_file import RunFile, read_run_file
from .sending import in_short
from .settings import prepare_environment
from .system import quieten

logger = logging.getLogger("audio_omni.mlflow")


def record_evaluation(event: Evaluated) -> str | None:
    """Record measurements and return their MLflow run, or `None`.

    There is none if the run was not tracked, or the server does not answer, which is logged.
    """
    tracked = read_run_file(event.run_dir.resolve())
    if tracked is None:
        return None
    try:
        return _record(event, tracked)
    except Exception as failure:
        logger.warning(
            "MLflow: '%s' of %s is not recorded: %s", event.name, event.run_dir, in_short(failure)
        )
        return None


def _record(event: Evaluated, tracked: RunFile) -> str:
    prepare_environment(tracked.tracking_uri)
    quieten()
    client = MlflowClient(tracking_uri=tracked.tracking_uri)
    experiment = client.get_run(tracked.run_id).info.experiment_id
    name = f"eval/{event.name}"
    tags = {PARENT: tracked.run_id, "step": str(event.step)}
    run_id: str = client.create_run(experiment, run_name=name, tags=tags).info.run_id
    at_ms = int(time.time() * 1000)
    metrics = [
        Metric(allowed_name(f"eval/{key}"), value, at_ms, event.step)
        for key, value in event.metrics.items()
    ]
    client.log_batch(run_id, metrics=metrics, tags=[RunTag("status", "finished")])
    details = json.loads(json.dumps(dict(event.details), default=str))
    client.log_dict(run_id, {"name": event.name, **details}, "evaluation.json")
    client.set_terminated(run_id, status="FINISHED", end_time=at_ms)
    return run_id
