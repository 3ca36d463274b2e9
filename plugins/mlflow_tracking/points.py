"""Metrics of a run, step by step, each step once."""

from __future__ import annotations

from typing import Any

from mlflow.entities import Metric

from .spool import Operation

BATCH = 500


class Points:
    """Logs the points of one run; a step that is there is left out.

    MLflow keeps both points of a step that is logged twice, so a run that resumes before its last
    logged step, or a replay that was cut off, must not send them again.
    """

    def __init__(self, client: Any, run_id: str) -> None:
        """Use a client and a run."""
        self._client = client
        self._run_id = run_id
        self._last: dict[str, int] = {}

    def log(self, operations: list[Operation]) -> None:
        """Log what is missing; raises what MLflow raises."""
        points: list[Metric] = []
        there: dict[str, set[int]] = {}
        try:
            for operation in operations:
                for key in operation["values"]:
                    if self._is_new(key, operation, there):
                        value = operation["values"][key]
                        points.append(Metric(key, value, operation["at_ms"], operation["step"]))
            for start in range(0, len(points), BATCH):
                self._client.log_batch(self._run_id, metrics=points[start : start + BATCH])
        except Exception:
            for point in points:  # not known to be there
                self._last.pop(point.key, None)
            raise

    def _is_new(self, key: str, operation: Operation, there: dict[str, set[int]]) -> bool:
        """Tell whether a point is missing, and take note that it will not be.

        Steps come in order, but for late ones, which later ones have overtaken: of those, all that
        is there has to be known.
        """
        step = operation["step"]
        if not operation.get("late"):
            if key not in self._last:
                self._last[key] = max(self._steps(key), default=-1)
            is_new = step > self._last[key]
        else:
            if key not in there:
                there[key] = set(self._steps(key))
            is_new = step not in there[key]
            there[key].add(step)
        if is_new and key in self._last:
            self._last[key] = max(step, self._last[key])
        return bool(is_new)

    def _steps(self, key: str) -> list[int]:
        return [point.step for point in self._client.get_metric_history(self._run_id, key)]
