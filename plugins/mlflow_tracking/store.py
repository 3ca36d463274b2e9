"""Applies operations to MLflow, with one client and explicit run ids; no global MLflow state."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from contextlib import suppress

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Param, RunTag

from .models import Models
from .parents import PARENT, mark_begun, mark_ended, parent_run
from .points import Points
from .registry import Registry
from .run_file import RunFile, write_run_file
from .settings import Settings, prepare_environment
from .spool import Operation
from .system import MachineMetrics, quieten

BATCH = 100
RESUMES = "resume.count"
KIND, TRAINING = "mlflow.experimentKind", "custom_model_development"
"""Which pages MLflow shows of an experiment: those of training, not those of language models."""


class Store:
    """One MLflow run. Every operation may be applied twice, and then changes nothing.

    Attributes:
        client: talks to the tracking URI of the settings.
        run_id: the run.
        experiment_id: its experiment.
        parent_id: the run that it is a child of, or `None`.
    """

    def __init__(self, settings: Settings, run_name: str) -> None:
        """Open the run, or start one; raises what MLflow raises when that is not possible."""
        prepare_environment(settings.uri)
        quieten()
        self.settings = settings
        self.client = MlflowClient(tracking_uri=settings.uri)
        self._pictures: set[str] | None = None
        if settings.run_id is None:
            self.experiment_id = self._experiment()
            self.parent_id = parent_run(self.client, settings, self.experiment_id)
            tags = {**origin_tags(), **({PARENT: self.parent_id} if self.parent_id else {})}
            run = self.client.create_run(self.experiment_id, run_name=run_name, tags=tags)
        else:
            run = self.client.get_run(settings.run_id)
            self.experiment_id = run.info.experiment_id
            self.parent_id = run.data.tags.get(PARENT) or self._adopted()
        self.run_id: str = run.info.run_id
        self._points = Points(self.client, self.run_id)
        self.models = Models(self.client, settings, self.run_id, self.experiment_id)
        self.registry = Registry(self.client, settings, self.models)
        write_run_file(settings.run_dir, RunFile(self.run_id, settings.uri, settings.launch))
        self._machine = MachineMetrics(self.run_id, settings)
        self._machine.keep_going()

    def apply(self, operation: Operation) -> None:
        """Send one operation; raises what MLflow raises."""
        handlers: dict[str, Callable[[Operation], None]] = {
            "begin": self._begin,
            "params": self._params,
            "tags": lambda o: self._set_tags(o["values"]),
            "metrics": lambda o: self.metrics([o]),
            "artifact": self._artifact,
            "dict": self._dict,
            "image": self._image,
            "datasets": self._datasets,
            "model": self.models.log,
            "model_metrics": self.models.log_metrics,
            "retention": self.models.mark_removed,
            "best": self.registry.register_if_best,
            "end": self._end,
        }
        handlers[operation["op"]](operation)

    def answers(self) -> bool:
        """Tell whether the server answers at all, so that a failure is an operation's own."""
        try:
            self.client.get_run(self.run_id)
        except Exception:
            return False
        return True

    def metrics(self, operations: list[Operation]) -> None:
        """Log the points of several operations at once; a step that is there is left out."""
        self._machine.keep_going()
        self._points.log(operations)

    def _experiment(self) -> str:
        name = self.settings.experiment
        known = self.client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(
            self.client.create_experiment(
                name, artifact_location=self.settings.artifacts, tags={KIND: TRAINING}
            )
        )

    def _adopted(self) -> str | None:
        """Make a run that is there already a child, if the settings name a parent."""
        parent = parent_run(self.client, self.settings, self.experiment_id)
        if parent is not None:
            self.client.set_tag(self.settings.run_id, PARENT, parent)
        return parent

    def _begin(self, _: Operation) -> None:
        """Show that the run goes on, also after the end of an earlier launch was sent."""
        self.client.update_run(self.run_id, status="RUNNING")
        mark_begun(self.client, self.settings, self.parent_id)

    def _params(self, operation: Operation) -> None:
        """Log parameters; they are immutable, so changed ones become tags of the resume."""
        run = self.client.get_run(self.run_id)
        known, wanted = run.data.params, operation["values"]
        self._log_params({k: v for k, v in wanted.items() if k not in known})
        if not operation["resumed"]:
            return
        count = _number_of_resume(run.data.tags, operation["launch"])
        said = {"from_step": str(operation["from_step"]), "launch": operation["launch"]}
        said |= {k: v for k, v in wanted.items() if k in known and known[k] != v}
        self._set_tags(
            {RESUMES: str(count), **{f"resume.{count}.{key}": text for key, text in said.items()}}
        )

    def _log_params(self, values: Mapping[str, str]) -> None:
        params = [Param(key, value) for key, value in values.items()]
        for start in range(0, len(params), BATCH):
            self.client.log_batch(self.run_id, params=params[start : start + BATCH])

    def _set_tags(self, values: Mapping[str, str]) -> None:
        tags = [RunTag(key, value[:5000]) for key, value in values.items()]
        for start in range(0, len(tags), BATCH):
            self.client.log_batch(self.run_id, tags=tags[start : start + BATCH])

    def _artifact(self, operation: Operation) -> None:
        self.client.log_artifact(self.run_id, operation["path"], operation["folder"])

    def _dict(self, operation: Operation) -> None:
        self.client.log_dict(self.run_id, operation["values"], operation["file"])

    def _image(self, operation: Operation) -> None:
        """Log a picture; MLflow gives every one a new name, so that a second one would stay."""
        from PIL import Image

        if self._pictures is None:
            listed = self.client.list_artifacts(self.run_id, "images")
            self._pictures = {item.path for item in listed if item.path.endswith(".webp")}
        key, step = operation["key"], operation["step"]
        start = f"images/{key.replace('/', '~')}+step+{step}+"
        if any(path.startswith(start) for path in self._pictures):
            return
        with Image.open(operation["path"]) as image:
            self.client.log_image(
                self.run_id,
                image.convert("RGB"),
                key=key,
                step=step,
                timestamp=operation["at_ms"],
                synchronous=True,
            )
        self._pictures.add(start)

    def _datasets(self, operation: Operation) -> None:
        inputs = [
            DatasetInput(
                Dataset(d["name"], d["digest"], "audio_omni", d["source"], profile=d["profile"]),
                tags=[InputTag(key, value) for key, value in d["tags"].items()],
            )
            for d in operation["datasets"]
        ]
        self.client.log_inputs(self.run_id, datasets=inputs)

    def _end(self, operation: Operation) -> None:
        self._machine.finish()
        at_ms = operation["at_ms"]
        self.client.set_terminated(self.run_id, status=operation["status"], end_time=at_ms)
        mark_ended(self.client, self.settings, self.parent_id, self.experiment_id, at_ms)


def _number_of_resume(tags: Mapping[str, str], launch: str) -> int:
    """Return which resume a launch is, from 1: the one after the last, or one that was told of."""
    count = int(tags.get(RESUMES, "0"))
    if launch and tags.get(f"resume.{count}.launch") == launch:
        return count
    return count + 1


def origin_tags() -> dict[str, str]:
    """Return who started a run, and with what; MLflow's client alone leaves both open."""
    tags = {"mlflow.source.name": "audio-omni", "mlflow.source.type": "LOCAL"}
    with suppress(OSError, KeyError, ImportError):  # a container's user may have no name
        tags["mlflow.user"] = getpass.getuser()
    return tags
