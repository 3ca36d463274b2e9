"""``audio-omni release verify``: our numbers beside those of the published implementation."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.catalog import Catalog
from ...core.cli.tables import print_json, print_table
from ...core.errors import AudioOmniError, DataError
from .assets import find_assets
from .goldens.report import FileReport, Report, Skipped

if TYPE_CHECKING:
    from .goldens.comparison import Comparison
    from .goldens.files import Golden
    from .goldens.kinds import Kind
    from .goldens.subject import Subject

logger = logging.getLogger("audio_omni.release")

OnFile = Callable[[int, int, str], None]
"""Called before every file with its number from 1, how many there are, and its name."""

COLUMNS = ("file", "kind", "cases", "worst error", "tolerance", "result")
METRICS = "metrics"


def verify(
    folder: Path,
    catalog: Catalog,
    assets: Path | None = None,
    on_file: OnFile | None = None,
) -> Report:
    """Run our modules on every golden file of a folder, in float32 on the CPU, and compare.

    What a file holds is told by the ``kind`` in its JSON, never by its name.

    Args:
        folder: pairs ``NAME.json`` and ``NAME.safetensors``.
        catalog: the plugin host, whose parts are checked.
        assets: the user's copy of the release; left out, what needs it is named as omitted.
        on_file: told about progress.

    Raises:
        DataError: if the folder is missing or has no JSON file.
        ConfigError: if the assets are not what they should be.
    """
    from .goldens.subject import Subject

    names = _names(folder)
    subject = Subject(catalog, find_assets(assets) if assets is not None else None)
    files: list[FileReport] = []
    skipped: list[Skipped] = []
    for number, name in enumerate(names, start=1):
        if on_file is not None:
            on_file(number, len(names), name)
        found = _verify_file(folder, name, subject)
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            files.append(found)
    return Report(tuple(files), tuple(skipped))


def verify_command(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Golden files: pairs of .json and .safetensors.", metavar="DIR")
    ],
    assets: Annotated[
        Path | None,
        typer.Option(
            "--assets",
            help="Your copy of the release, for its sentences and its vocabulary.",
            metavar="DIR",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print passed, files (name, kind, cases, error, tolerance, passed, seconds, "
            "problems, omitted), skipped (name, reason).",
        ),
    ] = False,
) -> None:
    """Compare our modules with the published ones; exit status 1 on a miss, or if nothing ran."""
    with _progress() as on_file:
        report = verify(folder, context.obj, assets, on_file)
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report)
    if not report.passed:
        raise typer.Exit(1)


def _names(folder: Path) -> list[str]:
    """Return the names of golden files without suffix; a lone half of a pair counts."""
    if not folder.is_dir():
        raise DataError(
            f"The folder {folder} is not there; expected golden files, NAME.json with "
            "NAME.safetensors."
        )
    found = [path.stem for path in folder.iterdir() if path.suffix in (".json", ".safetensors")]
    if not found:
        raise DataError(f"The folder {folder} has no golden files (NAME.json); name another one.")
    return sorted(set(found))


def _verify_file(folder: Path, name: str, subject: Subject) -> FileReport | Skipped:
    from .goldens.files import Golden, read_settings, read_tensors
    from .goldens.kinds import KINDS

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
    import torch

    from .goldens.comparison import Comparison

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
    import torch

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


def _print(report: Report) -> None:
    print_table(COLUMNS, [_row(file) for file in report.files])
    for file in report.files:
        for problem in file.problems:
            typer.echo(f"{file.name}: {problem}")
        for part in file.omitted:
            typer.echo(f"{file.name}: not checked: {part}")
    for entry in report.skipped:
        typer.echo(f"{entry.name}: skipped: {entry.reason}")
    failed = sum(not file.passed for file in report.files)
    seconds = sum(file.seconds for file in report.files)
    verdict = f"{failed} differ" if failed else "all agree" if report.files else "nothing was run"
    typer.echo(
        f"{len(report.files)} files, {len(report.skipped)} skipped, {seconds:.0f} s: {verdict}."
    )


def _row(file: FileReport) -> Mapping[str, Any]:
    values = (
        file.name,
        file.kind,
        file.cases,
        None if file.error is None else f"{file.error:.1e}",
        _bound(file.tolerance),
        "pass" if file.passed else "FAIL",
    )
    return dict(zip(COLUMNS, values, strict=True))


def _bound(tolerance: float | None) -> str | None:
    """Return a tolerance in words; those of 1 and more count steps of whole numbers."""
    if not tolerance:
        return None if tolerance is None else "exact"
    return f"{tolerance:.0e}" if tolerance < 1 else f"{tolerance:g} steps"


@contextmanager
def _progress() -> Iterator[OnFile]:
    """Show a bar on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Verifying", total=None)

        def update(number: int, total: int, name: str) -> None:
            progress.update(task, completed=number - 1, total=total, description=name)

        yield update
