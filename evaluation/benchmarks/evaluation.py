"""The numbers of one benchmark, and the file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.metric_result import MetricResult
from ...core.whole_file import write_whole
from .tables import markdown

RESULTS, PAGE = "results.json", "results.md"


@dataclass(frozen=True)
class Evaluation:
    """One benchmark with the numbers of one model.

    Attributes:
        name: of the benchmark.
        results: of each metric, but those that have no value.
        refused: metric to the reason why it has none.
        details: what made them: model, seed, sampling, rows, versions.
    """

    name: str
    results: Sequence[MetricResult]
    refused: Mapping[str, str]
    details: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "benchmark": self.name,
            "results": [result.to_dict() for result in self.results],
            "refused": dict(self.refused),
            "details": dict(self.details),
        }

    def result(self, metric: str) -> MetricResult | None:
        """Return the result of a metric, or `None`."""
        return next((result for result in self.results if result.name == metric), None)


def keep(evaluation: Evaluation, folder: Path) -> None:
    """Write ``results.json`` and ``results.md``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(evaluation.to_dict(), indent=2, default=str)
    write_whole(folder / RESULTS, f"{text}\n".encode())
    write_whole(folder / PAGE, markdown(json.loads(text)).encode())


def read_results(path: Path) -> Evaluation | None:
    """Return the evaluation in a folder, or `None` where there is none."""
    file = path / RESULTS
    if not file.is_file():
        return None
    values = json.loads(file.read_text(encoding="utf-8"))
    results = [MetricResult.model_validate(result) for result in values["results"]]
    return Evaluation(values["benchmark"], results, values["refused"], values["details"])
