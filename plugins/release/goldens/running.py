"""One golden file after another: what it holds decides what is run.

A file's problems are reported, and the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch

from ....core.errors import AudioOmniError, DataError
from .comparison import Comparison
from .files import Golden, read_settings, read_tensors
from .kinds import KINDS, Kind
from .report import FileReport, Skipped
from .subject import Subject

logger = logging.getLogger("audio_omni.release")

METRICS = "metrics"
"""How the names of files begin that belong to another set."""


def file_names(folder: Path) -> list[str]:
    """Return the names of golden files without suffix; a lone half of a pair counts.

    Raises:
        DataError: if the folder is missing or has none.
    """
    if not folder.is_dir():
        raise DataError(
            f"The folder {folder} is not there; expected golden files, NAME.json with "
            "NAME.safetensors."
        )
    found = [path.stem for path in folder.iterdir() if path.suffix in (".json", ".safetensors")]
    if not found:
        raise DataError(f"The folder {folder} has no golden files (NAME.json); name another one.")
    return sorted(set(found))


def run_file(folder: Path, name: str, subject: Subject) -> FileReport | Skipped:
    """Check one file; what is wrong with it is its report, never an error."""
    began = time.perf_counter()
    try:
        settings = read_settings(folder / f"{name}.json")
        golden = Golden(name, folder, settings)
        kind = KINDS.get(golden.kind or "")
        if kind is None:
            return Skipped(name, _why_skipped(golden))
        if kind.tensors:
            golden = Golden(name, folder, settings, read_tensors(folder / f"{name}.safetensors"))
    except DataError as failure:
        return FileReport(
            name, "", 0, None, None, False, time.perf_counter() - began, (str(failure),)
        )
    comparison = _run(golden, kind, subject)
    return FileReport(
        name=name,
        kind=str(golden.kind),
        cases=len(comparison.cases),
        error=comparison.error,
        tolerance=comparison.tolerance,
        passed=not comparison.problems,
        seconds=round(time.perf_counter() - began, 3),
        problems=tuple(comparison.problems),
        omitted=tuple(comparison.omitted),
    )


def _run(golden: Golden, kind: Kind, subject: Subject) -> Comparison:
    """Check one file; whatever a damaged one breaks is its problem, and the others go on."""
    comparison = Comparison(golden, kind.tolerance)
    # Only networks that are small enough to be stored come with weights.
    small = any(key.startswith("w/") for key in golden.tensors)
    try:
        with torch.no_grad(), _one_thread() if small else nullcontext():
            kind.check(golden, comparison, subject)
    except AudioOmniError as failure:
        comparison.problems.append(str(failure))
        return comparison
    except Exception as failure:
        # Settings and shapes of a damaged file can break any line of a check.
        logger.debug("Golden file %s broke its check.", golden.name, exc_info=True)
        comparison.problems.append(f"the check stopped ({type(failure).__name__}: {failure})")
        return comparison
    unread = comparison.unread()
    if unread:
        comparison.problems.append(f"nothing was compared with {', '.join(unread)}")
    if not comparison.cases and not comparison.problems:
        comparison.problems.append("the file holds no case")
    return comparison


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: for small networks, others would only be waited for."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _why_skipped(golden: Golden) -> str:
    if golden.kind is None and golden.name.startswith(METRICS):
        return "belongs to the metrics"
    if golden.kind is None:
        return "its JSON names no kind"
    return f"unknown kind '{golden.kind}'"
