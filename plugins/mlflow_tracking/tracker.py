"""From events to operations: what of a run is recorded in MLflow, and under which names."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.events import CheckpointSaved, RunEnd, RunStart, SamplesReady, SourceUse, StepEnd
from .naming import allowed_name, file_name, flatten
from .settings import SPOOL_FILE, Settings, read_settings
from .spool import Operation, Spool
from .worker import Worker

logger = logging.getLogger("audio_omni.mlflow")
STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


def start_tracker(event: RunStart) -> MlflowTracker | None:
    """Return a tracker of the run, or `None` (with one warning) where MLflow is not installed."""
    if importlib.util.find_spec("mlflow") is None:
        logger.warning(
            "MLflow is not installed, so the run is not tracked: pip install 'audio-omni[mlflow]', "
            "or train with --set tracking.observers=[]."
        )
        return None
    resumed = event.resumed_from_step is not None
    settings = read_settings(event.run_dir, event.recipe, os.environ, resumed=resumed)
    return MlflowTracker(event, settings)


class MlflowTracker:
    """Records one run. Its methods queue and return; a thread of their own sends."""

    def __init__(self, event: RunStart, settings: Settings) -> None:
        """Open the run, within ``wait_s``, and queue what is known at the start."""
        self.settings = settings
        self.sources = event.sources
        self.step = event.resumed_from_step or 0
        self.shares: Mapping[str, float] = {}
        self._has_datasets = False
        settings.run_dir.mkdir(parents=True, exist_ok=True)
        spool = Spool(settings.run_dir / SPOOL_FILE)
        if event.resumed_from_step is None and (aside := spool.set_aside()) is not None:
            logger.warning("Records of an earlier run in this folder were never sent: %s", aside)
        name = str(event.recipe.get("name", "run"))
        self.worker = Worker(lambda: self._connect(name), spool)
        # Before data workers fork: a fork while another thread imports can leave locks behind.
        self.worker.tried.wait(settings.options.wait_s)
        for operation in start_operations(event):
            self.worker.put(operation)

    def on_step_end(self, event: StepEnd) -> None:
        """Queue the metrics of a step."""
        self.step, self.shares = event.step, event.realised_shares
        self.worker.put(metrics_operation(event.step, step_metrics(event)))

    def on_samples_ready(self, event: SamplesReady) -> None:
        """Write clips and pictures into the run's folder; queue them and their metrics."""
        from .pictures import sample_stem, write_sample

        measured = {allowed_name(f"eval/{key}"): value for key, value in event.metrics.items()}
        if measured:
            self.worker.put({**metrics_operation(event.step, measured), "of_model": True})
        for sample in event.samples:
            place = f"samples/step_{event.step:08d}/{file_name(sample.task)}"
            clips, picture = write_sample(sample, self.settings.run_dir / place)
            for path in [*clips, picture]:
                self.worker.put({"op": "artifact", "path": str(path), "folder": place})
            key = allowed_name(f"spectrogram/{sample.task}/{sample_stem(sample)}")
            self.worker.put(
                {
                    "op": "image",
                    "path": str(picture),
                    "key": key.replace(":", "_"),
                    "step": event.step,
                    "at_ms": _now_ms(),
                }
            )
        self._queue_table(event)

    def on_checkpoint_saved(self, event: CheckpointSaved) -> None:
        """Queue a logged model; with the first one, the data sources."""
        path = str(event.path.resolve())
        self.worker.put({"op": "model", "path": path, "step": event.step})
        self._queue_datasets()

    def on_run_end(self, event: RunEnd) -> None:
        """Send the rest, within ``wait_s``."""
        self._queue_datasets()
        tags = {"status": event.status, "step": str(event.step)}
        if event.error:
            tags["failure"] = event.error
        self.worker.put({"op": "tags", "values": tags})
        self.worker.put({"op": "end", "status": STATUS[event.status], "at_ms": _now_ms()})
        if not self.worker.close(self.settings.options.wait_s):
            logger.warning(
                "MLflow did not take everything; the rest waits in %s and is sent when the run "
                "is resumed.",
                self.settings.run_dir / SPOOL_FILE,
            )

    def _connect(self, name: str) -> Any:
        from .store import Store

        return Store(self.settings, name)

    def _queue_datasets(self) -> None:
        # Tags of an input cannot change later, so they wait until there are shares worth telling;
        # the metrics ``mixture/share/…`` follow them step by step.
        if self.sources and not self._has_datasets:
            self._has_datasets = True
            self.worker.put(datasets_operation(self.sources, self.shares, self.step))

    def _queue_table(self, event: SamplesReady) -> None:
        rows = [
            {"task": s.task, "name": s.name, "seed": s.seed, "caption": s.caption}
            for s in event.samples
        ]
        if rows:
            file = f"samples/step_{event.step:08d}/samples.json"
            self.worker.put({"op": "dict", "values": {"samples": rows}, "file": file})


def start_operations(event: RunStart) -> list[Operation]:
    """Return what is recorded before the first step: recipe, versions, licences."""
    licences = sorted({name for source in event.sources for name in source.licences})
    tags = {allowed_name(key): value for key, value in event.tags.items()}
    tags["audio.tasks"] = ", ".join(sorted({source.task for source in event.sources}))
    if licences:
        tags["licences"] = ", ".join(licences)
        tags["mlflow.note.content"] = "Licences of the training data: " + ", ".join(licences) + "."
    if "git.sha" in tags:
        tags["mlflow.source.git.commit"] = tags["git.sha"]
    step = event.resumed_from_step
    values = flatten(event.recipe)
    file = "config/resolved.yaml" if step is None else f"config/resolved_from_step_{step:08d}.yaml"
    return [
        {"op": "params", "values": values, "resumed": step is not None, "from_step": step},
        {"op": "tags", "values": tags},
        {"op": "dict", "values": dict(event.recipe), "file": file},
    ]


def step_metrics(event: StepEnd) -> dict[str, float]:
    """Return the metrics of a step by their names in MLflow."""
    metrics = {
        "train/loss": event.loss,
        "learning_rate": event.learning_rate,
        "gradient_norm": event.gradient_norm,
        "examples_per_s": event.examples_per_s,
    }
    if event.left_out:
        metrics["left_out"] = event.left_out
    metrics |= {f"train/loss/{task}": value for task, value in event.task_loss.items()}
    metrics |= {f"examples/{task}": count for task, count in event.task_examples.items()}
    metrics |= {f"gradient_norm/{task}": n for task, n in event.task_gradient_norm.items()}
    metrics |= {f"mixture/share/{name}": share for name, share in event.realised_shares.items()}
    return {allowed_name(name): float(value) for name, value in metrics.items()}


def metrics_operation(step: int, values: Mapping[str, float]) -> Operation:
    """Return the operation that logs metrics now."""
    return {"op": "metrics", "step": step, "values": dict(values), "at_ms": _now_ms()}


def datasets_operation(
    sources: Sequence[SourceUse], shares: Mapping[str, float], step: int
) -> Operation:
    """Return the operation that logs the data sources, with their shares until ``step``.

    Shares are those of the sources in order; their names are for people.
    """
    known = list(shares.values()) if len(shares) == len(sources) else [None] * len(sources)
    datasets = []
    for source, share in zip(sources, known, strict=True):
        name = f"{source.uri} as {source.task}"
        tags = {"mlflow.data.context": "train", "task": source.task, "weight": str(source.weight)}
        if share is not None:
            tags |= {"realised_share": f"{share:.4f}", "realised_share_step": str(step)}
        if source.licences:
            tags["licences"] = ", ".join(source.licences)
        datasets.append(
            {
                "name": name[:500],
                "digest": source.digest[:36],
                "source": json.dumps({"uri": source.uri}),
                "profile": json.dumps({"num_rows": source.rows}),
                "tags": {key: value[:500] for key, value in tags.items()},
            }
        )
    return {"op": "datasets", "datasets": datasets}


def _now_ms() -> int:
    return int(time.time() * 1000)
