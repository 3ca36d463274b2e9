"""What of a run's events is recorded in MLflow, and under which names: plain operations."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.events import RunStart, SourceUse, StepEnd
from .naming import allowed_name, flatten
from .spool import Operation

CONTEXT, TRAINED_ON, MEASURED_ON = "mlflow.data.context", "train", "val"
"""Tag of a dataset input: what the run used it for."""


def start_operations(event: RunStart) -> list[Operation]:
    """Return what is recorded before the first step: recipe, versions, licences."""
    tags = {allowed_name(key): value for key, value in event.tags.items()}
    tags["audio.tasks"] = ", ".join(sorted({source.task for source in event.sources}))
    licences = licence_tags(event)
    if licences:
        said = {"licences": "Of the training data", "base.licence": "Of the weights it began with"}
        lines = [f"{said[key]}: {text}" for key, text in licences.items() if key in said]
        tags |= {**licences, "mlflow.note.content": "Licences. " + " ".join(lines)}
    if "git.sha" in tags:
        tags["mlflow.source.git.commit"] = tags["git.sha"]
    step = event.resumed_from_step
    values = flatten(event.recipe)
    file = "config/resolved.yaml" if step is None else f"config/resolved_from_step_{step:08d}.yaml"
    return [
        {"op": "begin"},
        {
            "op": "params",
            "values": values,
            "resumed": step is not None,
            "from_step": step,
            "launch": event.tags.get("launch", ""),
        },
        {"op": "tags", "values": tags},
        {"op": "dict", "values": dict(event.recipe), "file": file},
    ]


def licence_tags(event: RunStart) -> dict[str, str]:
    """Return what a model that comes of a run owes: to its data, and to what it began with."""
    licences = sorted({name for source in event.sources for name in source.licences})
    tags = {"licences": ", ".join(licences)} if licences else {}
    base = ("base.checkpoint", "base.digest", "base.licence")
    return tags | {key: event.tags[key] for key in base if key in event.tags}


def measured_on(recipe: Mapping[str, Any]) -> str:
    """Return a hash of what decides which rows are measured during training, and with which seeds.

    Metrics of the same name compare only where it is the same.
    """
    evaluation, mixture = recipe.get("evaluation", {}), recipe.get("mixture", {})
    uses = evaluation.get("sources") or mixture.get("sources") or []
    rows = [[use.get("uri"), use.get("task"), use.get("options")] for use in uses]
    decisive = [rows, evaluation.get("samples_per_task"), recipe.get("seed")]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def step_metrics(event: StepEnd) -> dict[str, float]:
    """Return the metrics of a step by their names in MLflow."""
    metrics = {
        "train/loss": event.loss,
        "learning_rate": event.learning_rate,
        "gradient_norm": event.gradient_norm,
        "examples_per_s": event.examples_per_s,
    }
    if event.padding:
        metrics["padding"] = event.padding
    if event.left_out:
        metrics["left_out"] = event.left_out
    if event.skipped:
        metrics["skipped"] = sum(event.skipped.values())
        metrics |= {f"skipped/{reason}": count for reason, count in event.skipped.items()}
    metrics |= {f"train/loss/{task}": value for task, value in event.task_loss.items()}
    metrics |= {f"examples/{task}": count for task, count in event.task_examples.items()}
    metrics |= {f"gradient_norm/{task}": n for task, n in event.task_gradient_norm.items()}
    metrics |= {f"mixture/share/{name}": share for name, share in event.realised_shares.items()}
    return {allowed_name(name): float(value) for name, value in metrics.items()}


def metrics_operation(step: int, values: Mapping[str, float]) -> Operation:
    """Return the operation that logs metrics now."""
    return {"op": "metrics", "step": step, "values": dict(values), "at_ms": now_ms()}


def datasets_operation(
    sources: Sequence[SourceUse],
    shares: Mapping[str, float],
    step: int,
    held_out: Sequence[SourceUse] = (),
) -> Operation:
    """Return the operation that logs the data sources, with their shares until ``step``.

    Shares are those of the sources in order; their names are for people. What is measured on has
    another name: MLflow keeps one input of a run for each name and digest.
    """
    known = list(shares.values()) if len(shares) == len(sources) else [None] * len(sources)
    datasets = []
    for source, share in zip(sources, known, strict=True):
        tags = {CONTEXT: TRAINED_ON, "weight": str(source.weight)}
        if share is not None:
            tags |= {"realised_share": f"{share:.4f}", "realised_share_step": str(step)}
        datasets.append(_dataset(source, f"{source.uri} as {source.task}", tags))
    for source in held_out:
        name = f"{source.uri} as {source.task}, held out"
        datasets.append(_dataset(source, name, {CONTEXT: MEASURED_ON}))
    return {"op": "datasets", "datasets": datasets}


def _dataset(source: SourceUse, name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    tags = {**tags, "task": source.task}
    if source.licences:
        tags["licences"] = ", ".join(source.licences)
    return {
        "name": name[:500],
        "digest": source.digest[:36],
        "source": json.dumps({"uri": source.uri}),
        "profile": json.dumps({"num_rows": source.rows}),
        "tags": {key: value[:500] for key, value in tags.items()},
    }


def now_ms() -> int:
    """Return the time, in milliseconds since 1970."""
    return int(time.time() * 1000)
