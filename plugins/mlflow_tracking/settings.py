"""Where a run is tracked, read once from the environment, the recipe and the run's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from ...core.config import Config, parse_config
from ...core.errors import ConfigError
from .run_file import read_run_file

SPOOL_FILE = "mlflow_spool.jsonl"
WHERE = "tracking.options.mlflow"


class RegisteredModelOptions(Config):
    """``tracking.options.mlflow.registered_model``: the best checkpoint as a registered model."""

    name: str = Field(min_length=1, description="Name in MLflow's model registry.")
    metric: str = Field(
        min_length=1, description="What is best, as MLflow lists it: eval/TASK/METRIC."
    )
    alias: str = Field(default="champion", min_length=1, description="Alias that the best one has.")
    direction: Literal["higher", "lower"] | None = Field(
        default=None, description="What is better; left out: as the metric says."
    )
    upload: bool = Field(
        default=True,
        description="Upload the weights of what is registered: the run's folder keeps only the "
        "latest checkpoints.",
    )

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not name.strip() or "/" in name or ":" in name:
            raise ValueError("MLflow takes no '/' or ':' in it; expected a name such as my-sounds")
        return name

    @field_validator("alias")
    @classmethod
    def _is_an_alias(cls, alias: str) -> str:
        is_reserved = alias.lower() == "latest" or re.fullmatch(r"[vV]\d+", alias) is not None
        if is_reserved or not re.fullmatch(r"[\w\-]+", alias):
            raise ValueError(
                "MLflow takes letters, digits, '_' and '-', and neither 'latest' nor 'v1'; "
                "expected an alias such as champion"
            )
        return alias

    @field_validator("metric")
    @classmethod
    def _is_a_measurement(cls, metric: str) -> str:
        if not metric.startswith("eval/"):
            raise ValueError("expected eval/TASK/METRIC, such as eval/remove/lsd")
        return metric


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
    registered_model: RegisteredModelOptions | None = Field(
        default=None, description="Register the best checkpoint under an alias."
    )
    parent_run_id: str | None = Field(
        default=None, description="Run of the same store to be a child of, in place of a study."
    )
    wait_s: float = Field(
        default=30, gt=0, description="Longest wait for the server at the start and at the end."
    )
    retry_s: float = Field(
        default=30, gt=0, description="Seconds until a server that did not answer is asked again."
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
        study: folder of the study whose run is the parent; `None` for a run of its own.
        launch: name of this launch, known to all processes of it.
        node: name of this machine among several; `None` where it is the only one.
        options: from the recipe.
    """

    run_dir: Path
    uri: str
    experiment: str
    artifacts: str | None
    run_id: str | None
    study: Path | None
    launch: str
    node: str | None
    options: MlflowOptions


def read_settings(
    run_dir: Path,
    recipe: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    resumed: bool,
    tags: Mapping[str, str],
) -> Settings:
    """Return the settings; the environment wins over the recipe, and it over the default.

    ``MLFLOW_RUN_ID`` is read here and never again, since `mlflow.start_run` would remove it.
    """
    run_dir = run_dir.resolve()
    tracking = recipe["tracking"]
    study = Path(tracking["parent"]).expanduser().resolve() if tracking.get("parent") else None
    own_uri = environ.get("MLFLOW_TRACKING_URI")
    base = study or run_dir
    uri = own_uri or f"sqlite:///{base / 'mlflow.db'}"
    saved = read_run_file(run_dir, uri) if resumed else None
    return Settings(
        run_dir=run_dir,
        uri=uri,
        experiment=environ.get("MLFLOW_EXPERIMENT_NAME") or tracking["experiment"],
        artifacts=None if own_uri else (base / "mlartifacts").as_uri(),
        run_id=environ.get("MLFLOW_RUN_ID") or (saved.run_id if saved else None),
        study=study,
        launch=tags.get("launch", ""),
        node=node_name(environ),
        options=read_options(recipe),
    )


def read_options(recipe: Mapping[str, Any]) -> MlflowOptions:
    """Return the recipe's options for MLflow.

    Raises:
        ConfigError: if they do not fit.
    """
    options = recipe["tracking"].get("options", {}).get("mlflow")
    if options is not None and not isinstance(options, Mapping):
        raise ConfigError(
            f"{WHERE} is {options!r}; expected fields with values, such as {{wait_s: 60}}."
        )
    return parse_config(MlflowOptions, options or {}, where=WHERE)


def node_name(environ: Mapping[str, str]) -> str | None:
    """Return the name of this machine in metrics, as torchrun numbers machines, or `None`."""
    is_one_of_several = int(environ.get("GROUP_WORLD_SIZE", "1")) > 1
    return f"node-{environ.get('GROUP_RANK', '0')}" if is_one_of_several else None


def is_first_of_its_machine(environ: Mapping[str, str]) -> bool:
    """Tell whether this process speaks for its machine: all of them would measure the same."""
    return environ.get("LOCAL_RANK", "0") == "0"


def prepare_environment(uri: str) -> None:
    """Tell MLflow how to behave; the user's own settings win.

    A dead server fails within seconds instead of minutes, and addresses of runs are not written to
    standard output, where a program may expect JSON.
    """
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    if uri.startswith("http"):
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
