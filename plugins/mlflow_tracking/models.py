"""Checkpoints as logged models; the best of them in the registry, under an alias."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

from .settings import Settings
from .spool import Operation

logger = logging.getLogger("audio_omni.mlflow")
VERSIONS = "mlflow.modelVersions"


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
        self._has_warned = False

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
        status = "FAILED"  # the folder may be gone by now: older checkpoints are removed
        if folder.is_dir():
            self._describe(model_id, folder)
            status = "READY"
        self.client.finalize_logged_model(model_id, status)

    def register_if_best(self, operation: Operation) -> None:
        """Give the alias to the checkpoint of a step, if it is better than the one that has it.

        Numbers that were not measured on the same rows are not compared; then the alias stays.
        """
        wanted = self.settings.options.registered_model
        model_id = self.find(operation["step"])
        if wanted is None or model_id is None or math.isnan(operation["value"]):
            return
        holder = self._holder(wanted.name, wanted.alias)
        if holder is not None and not self._is_better(operation, holder.tags, wanted.alias):
            return
        folder = Path(operation["path"])
        if wanted.upload and not self.settings.options.upload_checkpoints:
            if not folder.is_dir():
                logger.warning("MLflow: %s is the best, but it is gone; not registered.", folder)
                return
            self.client.log_model_artifacts(model_id, str(folder))
        version = self._register(model_id, wanted.name, operation)
        self.client.set_registered_model_alias(wanted.name, wanted.alias, version)

    def _show_at_run(self, model_id: str, step: int) -> None:
        """Name a model as an output of the run, for its page; a second time would fail."""
        from mlflow.entities import LoggedModelOutput

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

    def _holder(self, name: str, alias: str) -> Any | None:
        """Return the version that has the alias, or `None`."""
        from mlflow.exceptions import MlflowException

        try:
            return self.client.get_model_version_by_alias(name, alias)
        except MlflowException as failure:
            # Which of them says that there is no such model, or no such alias, differs by store.
            if failure.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
                return None
            raise

    def _register(self, model_id: str, name: str, operation: Operation) -> str:
        """Return the number of the version of a registered model that a logged model is."""
        from mlflow.exceptions import MlflowException

        try:
            self.client.create_registered_model(name)
        except MlflowException as failure:
            if failure.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        for version in self.client.search_model_versions(f"name = '{name}'"):
            if version.tags.get("model_id") == model_id:
                return str(version.version)
        model = self.client.get_logged_model(model_id)
        # A local database would look for models:/ID in the default store, not in its own.
        is_remote = self.settings.uri.startswith("http")
        made = self.client.create_model_version(
            name,
            source=f"models:/{model_id}" if is_remote else model.artifact_location,
            run_id=self.run_id,
            model_id=model_id,
            tags={**_numbers(operation), **operation["tags"], "model_id": model_id},
        )
        versions = json.dumps([{"name": name, "version": made.version}])
        self.client.set_logged_model_tags(model_id, {VERSIONS: versions})  # the page links them
        return str(made.version)

    def _is_better(self, operation: Operation, holder: dict[str, str], alias: str) -> bool:
        """Tell whether a measurement is better than the one that has the alias."""
        ours = _numbers(operation)
        differing = [
            f"{name}: {holder.get(name)} → {ours[name]}"
            for name in ("metric", "direction", "measured_on")
            if holder.get(name) != ours[name]
        ]
        if differing and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "MLflow: '%s' stays where it is: what has it was measured differently (%s), so the "
                "numbers do not compare. Remove the alias, or choose another, to begin anew.",
                alias,
                "; ".join(differing),
            )
        if differing:
            return False
        value, best = float(operation["value"]), float(holder["value"])
        return value > best if operation["direction"] == "higher" else value < best


def _numbers(operation: Operation) -> dict[str, str]:
    names = ("metric", "value", "direction", "measured_on", "step")
    return {name: str(operation[name]) for name in names}
