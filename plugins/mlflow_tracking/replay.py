"""Sends what a run could not: its records wait in its folder while MLflow does not take them."""

from __future__ import annotations

import importlib.util
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError, PluginError, RequestError
from .alone import Alone
from .checks import VARIABLE, check_uri
from .held import HELD_FILE, Held
from .run_file import RUN_FILE, read_run_file
from .sending import Sender, in_short
from .settings import SPOOL_FILE, Settings, read_settings
from .spool import Spool

STARTED_FILE = "mlflow_start.json"


@dataclass(frozen=True)
class Replayed:
    """What came of it.

    Attributes:
        run_dir: folder of the run.
        tracking_uri: where records were sent; `None` if none waited.
        run_id: the run there.
        sent: records that do not wait any more.
        waiting: records that still wait.
        reason: why they do; empty if none does.
    """

    run_dir: Path
    tracking_uri: str | None
    run_id: str | None
    sent: int
    waiting: int
    reason: str

    def describe(self) -> str:
        """Return a sentence for the terminal."""
        if not self.sent and not self.waiting:
            return f"Nothing waits in {self.run_dir}."
        said = f"{self.sent} records were sent to {self.tracking_uri} (run {self.run_id or 'none'})"
        return f"{said}; {self.waiting} wait still: {self.reason}" if self.waiting else f"{said}."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "run_dir": str(self.run_dir)}


def remember_start(run_dir: Path, recipe: Mapping[str, Any], uri: str) -> None:
    """Write down what a later replay needs to know of a run that begins."""
    known = {"name": recipe.get("name"), "tracking": recipe["tracking"], "tracking_uri": uri}
    (run_dir / STARTED_FILE).write_text(json.dumps(known) + "\n", encoding="utf-8")


def replay(run_dir: Path, environ: Mapping[str, str] = os.environ) -> Replayed:
    """Send what waits in a run's folder; nothing of the run itself is opened or changed.

    Args:
        run_dir: folder of the run.
        environ: names another server, where the run never reached one.

    Raises:
        PluginError: if MLflow is not installed.
        RequestError: if the folder is none of a tracked run.
        ConfigError: if the run goes on, or is tracked elsewhere than the environment says.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise PluginError("MLflow is not installed: pip install 'audio-omni[mlflow]'.")
    run_dir = run_dir.expanduser().resolve()
    started = _read_start(run_dir)
    alone = Alone(run_dir)
    if not alone.take():
        raise ConfigError(
            f"The run in {run_dir} goes on, or is replayed already: it sends what waits there by "
            "itself. Wait until it has ended."
        )
    try:
        return _replay(run_dir, started, environ)
    finally:
        alone.leave()


def _replay(run_dir: Path, started: Mapping[str, Any], environ: Mapping[str, str]) -> Replayed:
    spool = Spool(run_dir / SPOOL_FILE)
    held = Held(run_dir / HELD_FILE, retry_s=1.0)
    before = len(spool.read()) + len(held)
    if not before:
        return Replayed(run_dir, None, None, 0, 0, "")
    settings = _settings(run_dir, started, environ)
    reason, run_id = "", settings.run_id
    try:
        from .store import Store

        store = Store(settings, str(started["name"]))
        run_id = store.run_id
        held.hurry()
        Sender(spool, held, threading.Event()).send(store)
        reason = held.describe()
    except Exception as failure:
        reason = f"MLflow does not answer ({in_short(failure)})"
    waiting = len(spool.read()) + len(held)
    spool.close()
    held.close()
    return Replayed(run_dir, settings.uri, run_id, before - waiting, waiting, reason)


def _read_start(run_dir: Path) -> Mapping[str, Any]:
    path = run_dir / STARTED_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: found[name] for name in ("name", "tracking", "tracking_uri")}
    except (OSError, ValueError, KeyError, TypeError):
        raise RequestError(
            f"{run_dir} is no folder of a run that MLflow tracked: it has no {STARTED_FILE}. Name "
            "the folder that `audio-omni train -o` was given; a run of an older version sends "
            "what waits when it is resumed."
        ) from None


def _settings(run_dir: Path, started: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Return where to send: to the run that was begun, or to a new one if none was."""
    known = read_run_file(run_dir)
    asked = environ.get(VARIABLE)
    if known is not None and asked and asked != known.tracking_uri:
        raise ConfigError(
            f"The run in {run_dir} is tracked at {known.tracking_uri}, and {VARIABLE} is {asked}. "
            f"Unset it; if the server has moved, write its new address into {RUN_FILE} there."
        )
    if asked:
        check_uri(asked, environ)
    uri = known.tracking_uri if known is not None else asked or started["tracking_uri"]
    others = {name: value for name, value in environ.items() if name != VARIABLE}
    tags = {} if known is None else {"launch": known.launch}
    found = read_settings(run_dir, started, others, resumed=True, tags=tags)
    if found.uri != uri:  # not the database in the folder
        asking = {**others, VARIABLE: uri}
        found = read_settings(run_dir, started, asking, resumed=True, tags=tags)
    run_id = found.run_id if known is None else known.run_id
    quiet = found.options.model_copy(update={"system_metrics": False})
    return replace(found, run_id=run_id, node=None, options=quiet)
