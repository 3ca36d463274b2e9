"""Measurements of a run that had ended, as a child of that run; of files, as a run of their own."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag

from ...core.events import Evaluated
from .naming import allowed_name
from .parents import PARENT
from .run_file import RunFile, read_run_file, write_run_file
from .sending import in_short
from .settings import Settings, prepare_environment, read_settings
from .system import quieten

logger = logging.getLogger("audio_omni.mlflow")


def record_evaluation(event: Evaluated) -> str | None:
    """Record measurements and return their MLflow run, or `None`.

    There is none if the run was not tracked, or the server does not answer, which is logged.
    """
    tracked = None
    if event.is_of_run:
        tracked = read_run_file(event.run_dir.resolve())
        if tracked is None:
            return None
    try:
        return _record(event, _under(tracked) if tracked else _alone(event))
    except Exception as failure:
        logger.warning(
            "MLflow: '%s' of %s is not recorded: %s", event.name, event.run_dir, in_short(failure)
        )
        return None


@dataclass(frozen=True)
class _Place:
    """Where measurements go, and as what."""

    client: MlflowClient
    experiment: str
    name: str
    tags: dict[str, str]
    uri: str


def _client(uri: str) -> MlflowClient:
    prepare_environment(uri)
    quieten()
    return MlflowClient(tracking_uri=uri)


def _under(tracked: RunFile) -> _Place:
    client = _client(tracked.tracking_uri)
    experiment = client.get_run(tracked.run_id).info.experiment_id
    return _Place(client, experiment, "eval/", {PARENT: tracked.run_id}, tracked.tracking_uri)


def _alone(event: Evaluated) -> _Place:
    """Return a place of its own, in the folder's store unless the environment names another."""
    settings = read_settings(event.run_dir, event.recipe, os.environ, resumed=False, tags={})
    client = _client(settings.uri)
    experiment = _experiment(client, settings)
    return _Place(client, experiment, f"{event.run_dir.name}/", {}, settings.uri)


def _experiment(client: MlflowClient, settings: Settings) -> str:
    found = client.get_experiment_by_name(settings.experiment)
    if found is not None:
        known: str = found.experiment_id
        return known
    made: str = client.create_experiment(settings.experiment, settings.artifacts)
    return made


def _record(event: Evaluated, place: _Place) -> str:
    client = place.client
    tags = {**place.tags, "step": str(event.step)}
    name = f"{place.name}{event.name}"
    run_id: str = client.create_run(place.experiment, run_name=name, tags=tags).info.run_id
    at_ms = int(time.time() * 1000)
    metrics = [
        Metric(allowed_name(f"eval/{key}"), value, at_ms, event.step)
        for key, value in event.metrics.items()
    ]
    client.log_batch(run_id, metrics=metrics, tags=[RunTag("status", "finished")])
    details = json.loads(json.dumps(dict(event.details), default=str))
    client.log_dict(run_id, {"name": event.name, **details}, "evaluation.json")
    for path in event.files:
        client.log_artifact(run_id, str(Path(path)))
    client.set_terminated(run_id, status="FINISHED", end_time=at_ms)
    if not event.is_of_run:
        write_run_file(event.run_dir, RunFile(run_id, place.uri))
    return run_id
