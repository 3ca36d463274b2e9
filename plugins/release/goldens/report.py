"""What a verification found, file by file; free of torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FileReport:
    """One golden file that was run.

    Attributes:
        name: of the pair of files, without suffix.
        kind: what was compared.
        cases: how many cases were run.
        error: the comparison nearest to its tolerance, or furthest above it; `None` without any.
        tolerance: what that comparison had to stay under; 0 means exactly equal.
        passed: whether everything agreed and nothing was left unread.
        seconds: how long it took.
        problems: what did not agree or could not be run, one sentence each.
        omitted: what this run could not look at, and why.
    """

    name: str
    kind: str
    cases: int
    error: float | None
    tolerance: float | None
    passed: bool
    seconds: float
    problems: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """A file that was not run, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Report:
    """The outcome of all files of a folder."""

    files: tuple[FileReport, ...]
    skipped: tuple[Skipped, ...]

    @property
    def passed(self) -> bool:
        """Tell whether something was run, and all of it agreed."""
        return bool(self.files) and all(file.passed for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an error without bound is the string ``"inf"``."""
        files = [asdict(file) for file in self.files]
        for file in files:
            if file["error"] is not None and not math.isfinite(file["error"]):
                file["error"] = str(file["error"])
        return {
            "passed": self.passed,
            "files": files,
            "skipped": [asdict(entry) for entry in self.skipped],
        }
