"""``mlflow_run.json``: as which MLflow run a folder is tracked."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

RUN_FILE = "mlflow_run.json"


@dataclass(frozen=True)
class RunFile:
    """What the file of a folder says.

    Attributes:
        run_id: the run.
        tracking_uri: where it is.
        launch: of the processes that wrote it; empty for a study.
    """

    run_id: str
    tracking_uri: str
    launch: str = ""


def read_run_file(folder: Path, uri: str | None = None) -> RunFile | None:
    """Return the file of a folder, or `None` if it has none, or one of another store."""
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    try:
        found = RunFile(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):  # cut off by a crash, or of another version
        return None
    return found if uri in (None, found.tracking_uri) else None


def write_run_file(folder: Path, content: RunFile) -> None:
    """Write the file at once, in place of an earlier one."""
    os.replace(_written(folder, content), folder / RUN_FILE)


def offer_run_file(folder: Path, content: RunFile) -> RunFile:
    """Write the file unless another process was quicker; return what is there now.

    What names another store is written over.
    """
    written = _written(folder, content)
    try:
        os.link(written, folder / RUN_FILE)  # fails if there is one, unlike a rename
    except FileExistsError:
        known = read_run_file(folder, content.tracking_uri)
        if known is not None:
            return known
        write_run_file(folder, content)
    finally:
        written.unlink()
    return content


def _written(folder: Path, content: RunFile) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=".mlflow_run-", suffix=".json", delete=False
    ) as file:
        file.write(json.dumps(asdict(content)) + "\n")
    return Path(file.name)
