"""A measured value that carries what decides it, so that it can be trusted and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field

from .config import Config
from .errors import ConfigError


class MetricResult(Config):
    """A value that can be trusted and compared.

    Attributes:
        name: the metric.
        value: point estimate.
        n: clips measured: those that have a value.
        interval: 95 % confidence interval, or `None` where there is none.
        unit: for example ``"dB"``.
        direction: ``"higher"`` or ``"lower"`` is better.
        fingerprint: everything that decides the number; unlike fingerprints do not compare.
        rows: digest of the ids of the rows measured, in any order; `None`: they have no ids.
        flags: what a reader must know, for example ``"rank_deficient"``.
        undefined: reason to the number of rows for which the metric has no value; not in ``n``.
        details: further values: a median, a slope, a count of what was left out.
    """

    model_config = ConfigDict(allow_inf_nan=True)  # a measurement may be; a setting may not

    name: str
    value: float
    n: int
    interval: tuple[float, float] | None
    unit: str
    direction: str
    fingerprint: dict[str, Any]
    rows: str | None = None
    flags: tuple[str, ...] = ()
    undefined: dict[str, int] = Field(default_factory=dict)
    details: dict[str, Any] = Field(default_factory=dict)

    def with_undefined(self, reasons: Mapping[str, int]) -> MetricResult:
        """Return this beside the rows that have no value, and flagged if there are some."""
        if not reasons:
            return self
        flags = (*self.flags, *({"rows_undefined"} - {*self.flags}))
        return self.model_copy(update={"undefined": dict(reasons), "flags": flags})

    def compare(self, other: MetricResult) -> float:
        """Return ``self.value - other.value``.

        Raises:
            ConfigError: if the fingerprints differ, or the rows; lists the differing entries.
        """
        differing = _differing(self._comparable(), other._comparable())
        if differing:
            raise ConfigError(
                f"Two values of '{self.name}' were measured differently and cannot be compared: "
                + "; ".join(differing)
            )
        return self.value - other.value

    def _comparable(self) -> dict[str, Any]:
        """Return what must be alike: how it was measured, and over which rows."""
        return {**self.fingerprint, "clips": self.n, "rows": self.rows}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return self.model_dump(mode="json")


def _differing(ours: Mapping[str, Any], theirs: Mapping[str, Any], within: str = "") -> list[str]:
    """Return each entry that differs, by its path (``embedder.weights``), with both values."""
    found = []
    for key in sorted({*ours, *theirs}):
        one, other = ours.get(key), theirs.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += _differing(one, other, f"{within}{key}.")
        else:
            found.append(f"{within}{key}: {one!r} against {other!r}")
    return found
