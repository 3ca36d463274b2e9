"""Where a run is tracked, read once from the environment, the recipe and the run's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from ...core.config import Config, parse_config

RUN_FILE, SPOOL_FILE = "mlflow_run.json", "mlflow_spool.jsonl"


class MlflowOptions(Config):
    """``tracking.options.mlflow`` of a recipe."""

    system_metrics: bool = Field(default=True, description="Log CPU, memory, disk and GPU.")
    system_metrics_interval_s: float = Field(
        default=10, gt=0, description="Seconds between two of them."
    )
    upload_checkpoints: bool = Field(
        default=False,
        description="Upload the weights too; else the logged model names the checkpoint's folder.",
    )
    wait_s: float = Field(
        default=30, gt=0, description="Longest wait for the server at the start and at the end."
    )


@dataclass(frozen=True)
class Settings:
    """How to reach the store.

    Attributes:
        run_dir: folder of the run.
        uri: tracking URI.
        experiment: name of the experiment.
        artifacts: artifact location of a new experiment; `None` leaves it to the server.
        run_id: run to go on with; `None` starts a new one.
        options: from the recipe.
    """

    run_dir: Path
    uri: str
    experiment: str
    artifacts: str | None
    run_id: str | None
    options: MlflowOptions


def read_settings(
    run_dir: Path, recipe: Mapping[str, Any], environ: Mapping[str, str], *, resumed: bool
) -> Settings:
    """Return the settings; the environment wins over the recipe, and it over the default.

    ``MLFLOW_RUN_ID`` is read here and never again, since `mlflow.start_run` would remove it.
    """
    run_dir = run_dir.resolve()
    tracking = recipe["tracking"]
    own_uri = environ.get("MLFLOW_TRACKING_URI")
    uri = own_uri or f"sqlite:///{run_dir / 'mlflow.db'}"
    options = tracking.get("options", {}).get("mlflow", {})
    return Settings(
        run_dir=run_dir,
        uri=uri,
        experiment=environ.get("MLFLOW_EXPERIMENT_NAME") or tracking["experiment"],
        artifacts=None if own_uri else (run_dir / "mlartifacts").as_uri(),
        run_id=environ.get("MLFLOW_RUN_ID") or (_saved_run_id(run_dir, uri) if resumed else None),
        options=parse_config(MlflowOptions, options, where="tracking.options.mlflow"),
    )


def limit_retries(uri: str) -> None:
    """Make a dead server fail within seconds instead of minutes; the user's own settings win."""
    if uri.startswith("http"):
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")


def save_run_id(run_dir: Path, run_id: str, uri: str) -> None:
    """Remember the run for a resume."""
    text = json.dumps({"run_id": run_id, "tracking_uri": uri}) + "\n"
    (run_dir / RUN_FILE).write_text(text, encoding="utf-8")


def _saved_run_id(run_dir: Path, uri: str) -> str | None:
    """Return the run that this folder was tracked as in the same store, or `None`."""
    path = run_dir / RUN_FILE
    if not path.is_file():
        return None
    saved = json.loads(path.read_text(encoding="utf-8"))
    return str(saved["run_id"]) if saved["tracking_uri"] == uri else None
