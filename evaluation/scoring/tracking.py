"""Tells observers, such as MLflow, of a score."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ...core.catalog import Catalog
from ...core.errors import ConfigError
from ...core.events import Evaluated
from .folder import PAGE, RESULT, TABLE
from .report import ScoreReport

EXPERIMENT = "audio-omni scores"


def track_score(report: ScoreReport, folder: Path, catalog: Catalog) -> None:
    """Hand the numbers, their intervals and the files to all observers.

    Raises:
        ConfigError: if MLflow is to observe and is not installed.
    """
    observers = list(catalog.observers())
    if "mlflow" in observers and importlib.util.find_spec("mlflow") is None:
        raise ConfigError(
            "--track got no MLflow; expected it to be installed: pip install 'audio-omni[mlflow]'. "
            "The score itself is in the folder. (Without MLflow: --no-plugin mlflow_tracking.)"
        )
    metrics = {}
    for result in report.results:
        metrics[result.name] = result.value
        if result.interval is not None:
            metrics[f"{result.name}/low"], metrics[f"{result.name}/high"] = result.interval
    catalog.notify(
        Evaluated(
            run_dir=folder.resolve(),
            recipe={"tracking": {"observers": observers, "experiment": EXPERIMENT}},
            name="score",
            step=0,
            metrics=metrics,
            details={"request": report.request, "versions": report.versions, "flags": report.flags},
            files=tuple(folder / name for name in (RESULT, TABLE, PAGE)),
            is_of_run=False,
        )
    )
