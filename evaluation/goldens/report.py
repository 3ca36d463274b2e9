"""What a verification found, case by case and group by group; free of torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["pass", "fail", "not run"]
KNOWN_BUGS = "known_bugs"
"""Group of defects that tools have: what is verified there is the correct value."""


@dataclass(frozen=True)
class CaseReport:
    """One golden case.

    Attributes:
        id: of the case.
        group: of the case.
        status: ``"fail"`` also where nothing was compared.
        compared: how many values were compared.
        error: greatest difference, of the comparison nearest to what it may be, or furthest
            beyond; `None` without any.
        allowed: what that difference may be; 0 means exactly equal.
        problems: what did not agree or could not be run, one sentence each.
        omitted: outputs that are no numbers of ours to give, and why.
    """

    id: str
    group: str
    status: Status
    compared: int
    error: float | None
    allowed: float | None
    problems: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Return the error as a share of what it may be."""
        if self.error is None or self.allowed is None:
            return -1.0
        if self.allowed:
            return self.error / self.allowed
        return math.inf if self.error else 0.0

    @property
    def acceptable(self) -> bool:
        """Tell whether nothing is wrong; a tool's defect needs no check of ours."""
        return self.status == "pass" or (self.status == "not run" and self.group == KNOWN_BUGS)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "id": self.id,
            "group": self.group,
            "status": self.status,
            "compared": self.compared,
            **_numbers(self),
            "problems": list(self.problems),
            "omitted": list(self.omitted),
        }


@dataclass(frozen=True)
class Report:
    """The outcome of all cases of a folder."""

    cases: tuple[CaseReport, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Tell whether something was run, and nothing is wrong."""
        ran = any(case.status == "pass" for case in self.cases)
        return ran and all(case.acceptable for case in self.cases)

    def groups(self) -> dict[str, list[CaseReport]]:
        """Return the cases by group, in order of first appearance."""
        found: dict[str, list[CaseReport]] = {}
        for case in self.cases:
            found.setdefault(case.group, []).append(case)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an error without bound is the string ``"inf"``."""
        groups = [
            {
                "group": name,
                "cases": len(cases),
                "run": sum(case.status != "not run" for case in cases),
                **_numbers(worst_of(cases)),
                "passed": all(case.acceptable for case in cases),
            }
            for name, cases in self.groups().items()
        ]
        return {
            "passed": self.passed,
            "seconds": round(self.seconds, 3),
            "groups": groups,
            "cases": [case.to_dict() for case in self.cases],
        }


def worst_of(cases: list[CaseReport]) -> CaseReport:
    """Return the case whose error is nearest to what it may be, or furthest beyond."""
    # Of exact and near comparisons that agree, the near ones say more.
    return max(cases, key=lambda case: (case.share, case.allowed or 0.0))


def _numbers(case: CaseReport) -> dict[str, Any]:
    error = case.error
    if error is not None and not math.isfinite(error):
        return {"error": str(error), "allowed": case.allowed}
    return {"error": error, "allowed": case.allowed}
