"""The best checkpoint in the registry of models, under an alias."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException

from .models import VERSIONS, Models
from .settings import Settings
from .spool import Operation

logger = logging.getLogger("audio_omni.mlflow")


class Registry:
    """Versions of one registered model, made of the logged models of a run."""

    def __init__(self, client: Any, settings: Settings, models: Models) -> None:
        """Use a client and the models of a run."""
        self.client = client
        self.settings = settings
        self.models = models
        self._has_warned = False

    def register_if_best(self, operation: Operation) -> None:
        """Give the alias to the checkpoint of a step, if it is better than the one that has it.

        Numbers that were not measured on the same rows are not compared; then the alias stays.
        """
        wanted = self.settings.options.registered_model
        model_id = self.models.find(operation["step"])
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

    def _holder(self, name: str, alias: str) -> Any | None:
        """Return the version that has the alias, or `None`."""
        try:
            return self.client.get_model_version_by_alias(name, alias)
        except MlflowException as failure:
            # Which of them says that there is no such model, or no such alias, differs by store.
            if failure.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
                return None
            raise

    def _register(self, model_id: str, name: str, operation: Operation) -> str:
        """Return the number of the version of a registered model that a logged model is."""
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
            run_id=self.models.run_id,
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
