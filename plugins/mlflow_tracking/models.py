"""Checkpoints as logged models, with their metrics, until they are removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlflow.entities import LoggedModelOutput, Metric
from mlflow.exceptions import MlflowException

from ...core.training.checkpoint import CHECKPOINTS, SHARDS, SUFFIX
from .settings import Settings
from .spool import Operation

VERSIONS = "mlflow.modelVersions"
"""Tag of a logged model: which registered models it is, for its page."""
CHECKPOINT = "audio_omni.checkpoint"
"""Tag of a logged model, and of its versions: whether its folder is there."""
PRESENT, REMOVED = "present", "removed"


class Models:
    """The logged models of one run.

    A model is looked for before it is made: a server may have made it, and its answer been lost.
    """

    def __init__(self, client: Any, settings: Settings, run_id: str, experiment_id: str) -> None:
        """Use a client and a run."""
        self.client = client
        self.settings = settings
        self.run_id = run_id
        self.experiment_id = experiment_id
        self._known: dict[int, str | None] = {}

    def find(self, step: int) -> str | None:
        """Return the model of the checkpoint of a step, or `None` if there is none."""
        if self._known.get(step) is None:
            found = self.client.search_logged_models(
                [self.experiment_id],
                f"source_run_id = '{self.run_id}' AND tags.step = '{step}'",
                max_results=1,
            )
            self._known[step] = found[0].model_id if found else None
        return self._known[step]

    def log(self, operation: Operation) -> None:
        """Log a checkpoint as a model: its description always, its weights when asked for."""
        folder, step = Path(operation["path"]), operation["step"]
        model_id = self.find(step)
        if model_id is None:
            model_id = self.client.create_logged_model(
                self.experiment_id,
                name=folder.name,
                source_run_id=self.run_id,
                params={"step": str(step)},
                model_type="audio-omni",
                tags={"uri": folder.as_uri(), "step": str(step), **operation.get("tags", {})},
            ).model_id
            self._known[step] = model_id
        self._show_at_run(model_id, step)
        if folder.is_dir():
            self._describe(model_id, folder)
            self.client.set_logged_model_tags(model_id, {CHECKPOINT: PRESENT})
            self.client.finalize_logged_model(model_id, "READY")
        else:  # older checkpoints are removed, and this one waited for long
            self._mark_one(self.client.get_logged_model(model_id))

    def log_metrics(self, operation: Operation) -> None:
        """Show the run's metrics of a step at the model of that step.

        They are the same points, in time and value as well, so that MLflow keeps one at the run.
        """
        step = operation["step"]
        model_id = self.find(step)
        if model_id is None:
            return
        shown = {found.key for found in self.client.get_logged_model(model_id).metrics or ()}
        metrics = []
        for key in sorted(operation["values"].keys() - shown):
            history = self.client.get_metric_history(self.run_id, key)
            for point in [point for point in history if point.step == step][-1:]:
                metrics.append(Metric(key, point.value, point.timestamp, step, model_id=model_id))
        if metrics:
            self.client.log_batch(self.run_id, metrics=metrics)

    def mark_removed(self, _: Operation) -> None:
        """Mark the models of checkpoints that are not in the run's folder any more."""
        page = None
        while page != "":
            found = self.client.search_logged_models(
                [self.experiment_id], f"source_run_id = '{self.run_id}'", page_token=page
            )
            for model in found:
                folder = self.settings.run_dir / CHECKPOINTS / model.name  # it may have been moved
                if model.tags.get(CHECKPOINT) != REMOVED and not folder.is_dir():
                    self._mark_one(model)
            page = found.token or ""

    def _mark_one(self, model: Any) -> None:
        """Mark a model whose checkpoint is gone, and its versions in the registry.

        One whose weights MLflow has stays ready. MLflow knows no status of what was ready once; of
        those that there are, ``FAILED`` alone says that it cannot be had.
        """
        for version in json.loads(model.tags.get(VERSIONS, "[]")):
            try:
                self.client.set_model_version_tag(
                    version["name"], str(version["version"]), CHECKPOINT, REMOVED
                )
            except MlflowException as failure:
                if failure.error_code != "RESOURCE_DOES_NOT_EXIST":  # somebody deleted it
                    raise
        if not self._has_weights(model.model_id):
            self.client.finalize_logged_model(model.model_id, "FAILED")
        self.client.set_logged_model_tags(model.model_id, {CHECKPOINT: REMOVED})

    def _has_weights(self, model_id: str) -> bool:
        files = self.client.list_logged_model_artifacts(model_id)
        return any(file.path.endswith(SUFFIX) or file.path == SHARDS for file in files)

    def _show_at_run(self, model_id: str, step: int) -> None:
        """Name a model as an output of the run, for its page; a second time would fail."""
        outputs = self.client.get_run(self.run_id).outputs
        if model_id not in {found.model_id for found in outputs.model_outputs}:
            self.client.log_outputs(self.run_id, [LoggedModelOutput(model_id, step)])

    def _describe(self, model_id: str, folder: Path) -> None:
        if self.settings.options.upload_checkpoints:
            self.client.log_model_artifacts(model_id, str(folder))
            return
        for name in ("recipe.yaml", "state.json"):
            if (folder / name).is_file():
                self.client.log_model_artifact(model_id, str(folder / name))
