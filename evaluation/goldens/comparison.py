"""How far our numbers lie from those of a golden case, and which of its outputs were looked at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.errors import AudioOmniError, DataError
from .cases import Case, Tolerance, is_ours

EXACT = Tolerance()
ROUNDING = Tolerance(rtol=1e-9, atol=1e-12)
SINGLE = Tolerance(rtol=2e-5, atol=1e-6)
"""What a number that a tool computed in single precision may differ by."""


class NotRun(Exception):
    """A check says why it cannot be made here."""


class Comparison:
    """Compares results with the outputs of one case, and keeps account of them.

    Attributes:
        case: the golden case.
        compared: how many values were compared.
        error: of the comparison nearest to what it may be, or furthest beyond.
        allowed: what that error may be.
        problems: what did not agree, one sentence each.
        omitted: outputs that are not ours to give, and why.
    """

    def __init__(self, case: Case) -> None:
        """Compare with the outputs of ``case``."""
        self.case = case
        self.compared = 0
        self.error: float | None = None
        self.allowed: float | None = None
        self.problems: list[str] = []
        self.omitted: list[str] = []
        self._looked_at: set[str] = set()
        self._worst = (-1.0, 0.0)

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a value that says how a case was made, among its inputs or its outputs.

        Raises:
            DataError: if there is none and no default.
        """
        if self.case.has(name):
            return self.case.input(name)
        key = self.case.output_key(name)
        if key is not None:
            self._looked_at.add(key)
            return self.case.outputs[key]
        if default is None:
            raise DataError(f"Case '{self.case.id}' does not say its '{name}'.")
        return default

    def near(self, name: str, got: Any, tolerance: Tolerance = EXACT) -> None:
        """Compare numbers with the output of this name, or the first whose name begins so.

        A case without that output is not missed: sets differ in which tools were run.
        """
        key = self.case.output_key(name)
        if key is not None:
            self._looked_at.add(key)
            self.numbers(key, got, self.case.outputs[key], tolerance)

    def equal(self, name: str, got: Any) -> None:
        """Compare a value that must be the same, like a list of words."""
        key = self.case.output_key(name)
        if key is not None:
            self._looked_at.add(key)
            self.same(key, got, self.case.outputs[key])

    def numbers(
        self, what: str, got: Any, wanted: Any, tolerance: Tolerance, *, of_tool: bool = False
    ) -> None:
        """Compare numbers or arrays of them; a NaN agrees with nothing.

        What a tool rounds by itself (``of_tool``) is no error of ours to report, while it agrees.
        """
        try:
            found, expected = (np.asarray(value, dtype=np.float64) for value in (got, wanted))
        except (TypeError, ValueError):
            self.problems.append(f"{what}: got {_short(got)}, expected {_short(wanted)}")
            return
        if found.shape != expected.shape or not expected.size:
            self.problems.append(f"{what}: got shape {found.shape}, expected {expected.shape}")
            return
        errors = np.abs(found - expected).ravel()
        errors[~np.isfinite(errors)] = math.inf
        allowed = tolerance.atol + tolerance.rtol * np.abs(expected).ravel()
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(errors == 0.0, 0.0, errors / allowed)
        worst = int(shares.argmax())
        self.compared += 1
        if not (of_tool and shares[worst] <= 1.0):
            self._note(what, float(errors[worst]), float(allowed[worst]), float(shares[worst]))

    def same(self, what: str, got: Any, wanted: Any) -> None:
        """Compare two values that must be the same."""
        agrees = bool(got == wanted)
        self.compared += 1
        self._keep(0.0 if agrees else math.inf, 0.0, 0.0 if agrees else math.inf)
        if not agrees:
            self.problems.append(f"{what}: got {_short(got)}, expected {_short(wanted)}")

    def refuses(self, name: str, run: Callable[[], Any]) -> None:
        """See that we raise where the tool of this output gave a NaN, raised or returned -1."""
        key = self.case.output_key(name)
        if key is None:
            return
        self._looked_at.add(key)
        try:
            got = run()
        except AudioOmniError:
            self.same(key, "an error", "an error")
        else:
            self.same(key, got, "an error that says why there is no number")

    def seen(self, name: str) -> None:
        """Say that an output is compared part by part."""
        self._looked_at.add(name)

    def omit(self, name: str, reason: str) -> None:
        """Say of all outputs whose names begin so why nothing is compared with them."""
        for key in self.case.outputs:
            if key.startswith(name) and key not in self._looked_at:
                self._looked_at.add(key)
                self.omitted.append(f"{key}: {reason}")

    def close(self) -> None:
        """Account for outputs that no check looked at; those that must be ours are problems."""
        for key in self.case.outputs:
            if key in self._looked_at:
                continue
            if is_ours(key):
                self.problems.append(f"nothing was compared with '{key}'")
            else:
                self.omitted.append(f"{key}: no check of ours gives it")

    def _note(self, what: str, error: float, allowed: float, share: float) -> None:
        self._keep(error, allowed, share)
        if not share <= 1.0:
            bound = f"at most {allowed:.1e}" if allowed else "no difference"
            self.problems.append(f"{what}: differs by {error:.2e}, expected {bound}")

    def _keep(self, error: float, allowed: float, share: float) -> None:
        # Of exact and near comparisons that agree, the near ones say more.
        if (share, allowed) > self._worst or self.error is None:
            self._worst, self.error, self.allowed = (share, allowed), error, allowed


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
