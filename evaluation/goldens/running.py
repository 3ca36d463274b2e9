"""One golden case after another: its group decides what is run, and no failure stops the rest."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ...core.errors import AudioOmniError
from .cases import Case, read_cases
from .comparison import Comparison, NotRun
from .groups import GROUPS
from .network_cases import forget_networks
from .report import CaseReport, Report

logger = logging.getLogger("audio_omni.metrics")

OnCase = Callable[[int, int, str], None]
"""Called before every case with its number from 1, how many there are, and its id."""


def verify(folder: Path, on_case: OnCase | None = None) -> Report:
    """Run our metrics on every golden case of a folder, and compare.

    Args:
        folder: sets of cases: a JSON whose ``format`` begins with ``metric goldens``, and the
            safetensors file that it names.
        on_case: told about progress.

    Raises:
        DataError: if the folder has no such set, or one cannot be read.
    """
    began = time.perf_counter()
    cases = read_cases(folder)
    found = []
    try:
        for number, case in enumerate(cases, start=1):
            if on_case is not None:
                on_case(number, len(cases), case.id)
            found.append(run_case(case))
    finally:
        forget_networks()
    return Report(tuple(found), time.perf_counter() - began)


def run_case(case: Case) -> CaseReport:
    """Check one case; what is wrong with it is its report, never an error."""
    comparison = Comparison(case)
    check = GROUPS.get(case.group)
    try:
        if check is None:
            raise NotRun(f"no check for the group '{case.group}'")
        if refused := case.refused():
            for name in refused:
                comparison.refuses(name, lambda: check(case, Comparison(case)))
        else:
            check(case, comparison)
        comparison.close()
    except NotRun as reason:
        comparison.problems.append(str(reason))
        return _report(comparison, not_run=True)
    except AudioOmniError as failure:
        comparison.problems.append(str(failure))
    except Exception as failure:
        # What a damaged case holds can break any line of a check.
        logger.debug("Golden case %s broke its check.", case.id, exc_info=True)
        comparison.problems.append(f"the check stopped ({type(failure).__name__}: {failure})")
    if not comparison.compared and not comparison.problems:
        comparison.problems.append("nothing was compared")
    return _report(comparison)


def _report(comparison: Comparison, *, not_run: bool = False) -> CaseReport:
    case = comparison.case
    return CaseReport(
        id=case.id,
        group=case.group,
        status="not run" if not_run else "fail" if comparison.problems else "pass",
        compared=comparison.compared,
        error=comparison.error,
        allowed=comparison.allowed,
        problems=tuple(comparison.problems),
        omitted=tuple(comparison.omitted),
    )
