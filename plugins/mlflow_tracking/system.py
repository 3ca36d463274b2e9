"""CPU, memory, disk and GPU of every machine of a run."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from .run_file import read_run_file
from .settings import Settings, prepare_environment

logger = logging.getLogger("audio_omni.mlflow")
LOOK_EVERY_S = 1.0


def quieten() -> None:
    """Keep MLflow from writing a page to stderr whenever a database is made."""
    for name in (
        "alembic",
        "mlflow.store.db.utils",
        "mlflow.system_metrics.system_metrics_monitor",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


class MachineMetrics:
    """MLflow's monitor of this machine; unlike it, goes on after the server was away."""

    def __init__(self, run_id: str, settings: Settings) -> None:
        """Prepare; `keep_going` starts it."""
        self.run_id = run_id
        self.settings = settings
        self._monitor: Any = None
        self._began_at = float("-inf")

    def keep_going(self) -> None:
        """Start the monitor, again if it gave up; without psutil there is none."""
        options = self.settings.options
        thread = getattr(self._monitor, "_process", None)
        is_early = time.monotonic() - self._began_at < options.retry_s
        if not options.system_metrics or (thread is not None and thread.is_alive()) or is_early:
            return
        self._began_at = time.monotonic()
        try:
            from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

            self._monitor = SystemMetricsMonitor(
                self.run_id,
                sampling_interval=options.system_metrics_interval_s,
                resume_logging=True,
                node_id=self.settings.node,
                tracking_uri=self.settings.uri,
            )
        except ImportError:
            return
        self._monitor.start()

    def finish(self) -> None:
        """Stop it, and send what it has measured."""
        if self._monitor is not None:
            self._monitor.finish()


class MachineTracker:
    """What a process beside the first adds to a run: the load of its machine.

    A thread waits for the first process to open the run, which it tells in the run's folder.
    """

    def __init__(self, settings: Settings) -> None:
        """Start to wait."""
        self.settings = settings
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mlflow-machine", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; wait no longer for the server than the options say."""
        self._closing.set()
        self._thread.join(self.settings.options.wait_s)

    def _work(self) -> None:
        try:
            run_id = self._opened_run()
            if run_id is None:
                return
            prepare_environment(self.settings.uri)
            quieten()
            metrics = MachineMetrics(run_id, self.settings)
            while not self._closing.is_set():
                metrics.keep_going()
                self._closing.wait(LOOK_EVERY_S)
            metrics.finish()
        except Exception as failure:
            logger.warning("MLflow: this machine is not measured any more: %s", failure)

    def _opened_run(self) -> str | None:
        """Return the run once it is there, or `None` if training ends before that."""
        while not self._closing.is_set():
            found = read_run_file(self.settings.run_dir, self.settings.uri)
            if found is not None and found.launch == self.settings.launch:
                return found.run_id
            self._closing.wait(LOOK_EVERY_S)
        return None
