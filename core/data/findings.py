"""What a check of a manifest found, and its report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """Something wrong with a row.

    Attributes:
        line: its line in the manifest, from 1.
        id: its id; `None` when it has none.
        severity: ``"error"`` or ``"warning"``.
        kind: one word or two, for counting.
        message: what was got and expected.
    """

    line: int
    id: str | None
    severity: str
    kind: str
    message: str


@dataclass(frozen=True)
class Report:
    """All findings, in the order of the rows.

    Attributes:
        manifest: path of the manifest.
        rows: number of rows.
        findings: everything found.
    """

    manifest: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of findings by kind, sorted by kind."""
        kinds = [finding.kind for finding in self.findings]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    @property
    def errors(self) -> int:
        """Return the number of findings of severity error."""
        return sum(finding.severity == ERROR for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "manifest": self.manifest,
            "rows": self.rows,
            "errors": self.errors,
            "counts": self.counts,
            "findings": [asdict(finding) for finding in self.findings],
        }
