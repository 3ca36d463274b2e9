"""Hears the events of one run, and queues what is to be recorded of them."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.errors import ConfigError
from ...core.events import (
    CheckpointSaved,
    RankStart,
    RunEnd,
    RunStart,
    SamplesReady,
    StepEnd,
)
from .alone import Alone
from .held import HELD_FILE
from .naming import allowed_name
from .operations import (
    datasets_operation,
    licence_tags,
    measured_on,
    metrics_operation,
    now_ms,
    start_operations,
    step_metrics,
)
from .replay import remember_start
from .settings import SPOOL_FILE, Settings, is_first_of_its_machine, read_settings
from .spool import Spool
from .system import MachineTracker
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
    settings = read_settings(
        event.run_dir, event.recipe, os.environ, resumed=resumed, tags=event.tags
    )
    return MlflowTracker(event, settings)


def start_machine_tracker(event: RankStart) -> MachineTracker | None:
    """Return what measures the machine of a process beside the first, or `None` if another does."""
    if importlib.util.find_spec("mlflow") is None or not is_first_of_its_machine(os.environ):
        return None
    settings = read_settings(event.run_dir, event.recipe, os.environ, resumed=True, tags=event.tags)
    return MachineTracker(settings) if settings.options.system_metrics else None


class MlflowTracker:
    """Records one run. Its methods queue and return; a thread of their own sends."""

    def __init__(self, event: RunStart, settings: Settings) -> None:
        """Open the run, within ``wait_s``, and queue what is known at the start."""
        self.settings = settings
        self.sources, self.held_out = event.sources, event.held_out
        self.step = event.resumed_from_step or 0
        self.shares: Mapping[str, float] = {}
        self.licences = licence_tags(event)
        self.measured_on = measured_on(event.recipe)
        self._checkpoint: CheckpointSaved | None = None
        self._has_datasets = False
        self._has_warned = False
        settings.run_dir.mkdir(parents=True, exist_ok=True)
        self._alone = Alone(settings.run_dir)
        if not self._alone.take(settings.options.wait_s):
            raise ConfigError(
                f"Another process sends what waits in {settings.run_dir}, so this run is not "
                "tracked. Resume it when that has ended, or has been ended."
            )
        remember_start(settings.run_dir, event.recipe, settings.uri)
        spool = Spool(settings.run_dir / SPOOL_FILE)
        if event.resumed_from_step is None:
            _set_aside(spool, Spool(settings.run_dir / HELD_FILE))
        name = str(event.recipe.get("name", "run"))
        self.worker = Worker(lambda: self._connect(name), spool, settings.options.retry_s)
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
        measured = {allowed_name(f"eval/{key}"): value for key, value in event.metrics.items()}
        if measured:
            operation = metrics_operation(event.step, measured)
            self.worker.put(operation)
            if self._is_saved(event.step):
                self.worker.put({**operation, "op": "model_metrics"})
        self._queue_best(event)
        from .samples import sample_operations

        for operation in sample_operations(event, self.settings.run_dir):
            self.worker.put(operation)

    def on_checkpoint_saved(self, event: CheckpointSaved) -> None:
        """Queue a logged model; with the first one, the data sources."""
        path = str(event.path.resolve())
        self._checkpoint = event
        self.worker.put(
            {"op": "model", "path": path, "step": event.step, "tags": dict(self.licences)}
        )
        self.worker.put({"op": "retention"})
        self._queue_datasets()

    def on_run_end(self, event: RunEnd) -> None:
        """Send the rest, within ``wait_s``."""
        self._queue_datasets()
        tags = {"status": event.status, "step": str(event.step)}
        if event.error:
            tags["failure"] = event.error
        self.worker.put({"op": "tags", "values": tags})
        self.worker.put({"op": "end", "status": STATUS[event.status], "at_ms": now_ms()})
        if not self.worker.close(self.settings.options.wait_s):
            self._tell_what_waits()
        self._alone.leave()

    def _tell_what_waits(self) -> None:
        failing = self.worker.failing()
        if failing:
            logger.warning(
                "MLflow failed at these until the end: %s. They wait in %s and are sent when the "
                "run is resumed, or by `audio-omni tracking replay`.",
                failing,
                self.settings.run_dir / HELD_FILE,
            )
        if self.worker.is_behind():
            logger.warning(
                "MLflow did not take everything; the rest waits in %s and is sent when the run "
                "is resumed, or by `audio-omni tracking replay`.",
                self.settings.run_dir / SPOOL_FILE,
            )

    def _is_saved(self, step: int) -> bool:
        """Tell whether there is a checkpoint of a step."""
        return self._checkpoint is not None and self._checkpoint.step == step

    def _connect(self, name: str) -> Any:
        from .store import Store

        return Store(self.settings, name)

    def _queue_best(self, event: SamplesReady) -> None:
        """Queue a checkpoint that was measured just now, to be registered if it is the best."""
        wanted = self.settings.options.registered_model
        if wanted is None or self._checkpoint is None or not self._is_saved(event.step):
            return
        names = {allowed_name(f"eval/{key}"): key for key in event.metrics}
        key = names.get(wanted.metric)
        direction = wanted.direction or event.directions.get(key or "")
        if key is None or direction is None:
            self._warn_of_register(wanted.metric, names, is_known=key is not None)
            return
        self.worker.put(
            {
                "op": "best",
                "step": event.step,
                "path": str(self._checkpoint.path.resolve()),
                "metric": wanted.metric,
                "value": event.metrics[key],
                "direction": direction,
                "measured_on": self.measured_on,
                "tags": dict(self.licences),
            }
        )

    def _warn_of_register(self, metric: str, names: Iterable[str], *, is_known: bool) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        if is_known:
            said = f"'{metric}' does not say whether higher or lower is better; give `direction`"
        else:
            said = f"'{metric}' is not measured; measured are {', '.join(sorted(names)) or 'none'}"
        logger.warning(
            "tracking.options.mlflow.registered_model: %s. No checkpoint is registered.", said
        )

    def _queue_datasets(self) -> None:
        # Tags of an input cannot change later, so they wait until there are shares worth telling;
        # the metrics ``mixture/share/…`` follow them step by step.
        if self.sources and not self._has_datasets:
            self._has_datasets = True
            self.worker.put(datasets_operation(self.sources, self.shares, self.step, self.held_out))


def _set_aside(*files: Spool) -> None:
    """Keep what an earlier run in the same folder left, apart from this one."""
    for file in files:
        aside = file.set_aside()
        if aside is not None:
            logger.warning("Records of an earlier run in this folder were never sent: %s", aside)
