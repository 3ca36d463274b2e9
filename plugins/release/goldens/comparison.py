"""How far our numbers lie from those of a golden file, and whether every one was looked at.

The error of a floating-point tensor is max|a − b| / max|b|; that of an integer tensor max|a − b|.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from .files import Golden

EXACT = 0.0
INT16_STEPS = 33.0
"""What int16 samples may differ by: 1e-3 of full scale."""


class Comparison:
    """Compares results with the outputs of one golden file, and keeps account of them.

    Attributes:
        cases: names of the cases that were run.
        problems: what did not agree, one sentence each.
        omitted: what could not be looked at, and why.
        error: of the comparison nearest to its tolerance, or furthest above it.
        tolerance: of the same comparison.
    """

    def __init__(self, golden: Golden, tolerance: float) -> None:
        """Compare with ``golden``; ``tolerance`` is for outputs that have none of their own."""
        self.golden = golden
        self.default = tolerance
        self.cases: dict[str, None] = {}
        self.problems: list[str] = []
        self.omitted: list[str] = []
        self.error: float | None = None
        self.tolerance: float | None = None
        self._read: set[str] = set()
        self._worst = -1.0

    def case(
        self,
        name: str,
        results: Mapping[str, Tensor],
        *,
        tolerances: Mapping[str, float] | None = None,
        valid: Tensor | None = None,
        logs: Collection[str] = (),
    ) -> None:
        """Compare the results of a case with all outputs that the file has of it.

        Args:
            name: of the case.
            results: by the name of the output; more than the file has are not missed.
            tolerances: by the name of the output, where they differ from the kind's.
            valid: (…) bool; where false, nothing is compared (the leading axes of the outputs).
            logs: names of outputs that are logarithms of magnitudes.
        """
        self.cases[name] = None
        stored = self.golden.output_names(name)
        if not stored:
            self.problems.append(f"case '{name}' has no outputs to compare with")
        for output in stored:
            if output in results:
                tolerance, key = (tolerances or {}).get(output), f"out/{name}/{output}"
                error = _log_error if output in logs else _error
                self.near(key, results[output], tolerance, valid=valid, error=error)

    def near(
        self,
        key: str,
        got: Tensor,
        tolerance: float | None = None,
        *,
        valid: Tensor | None = None,
        error: Callable[[Tensor, Tensor], float] | None = None,
    ) -> None:
        """Compare one tensor with the one that is stored under ``key``."""
        wanted = self.golden.tensor(key)
        self._read.add(key)
        if tolerance is None:
            tolerance = _tolerance(key, wanted, self.default)
        if got.shape != wanted.shape:
            self.problems.append(
                f"{key}: got shape {tuple(got.shape)}, expected {tuple(wanted.shape)}"
            )
            return
        if valid is not None:
            got, wanted = got[valid], wanted[valid]
        if not wanted.numel():
            self.problems.append(f"{key} is empty, so nothing was compared")
            return
        self._note(key, (error or _error)(got, wanted), tolerance)

    def equal(self, what: str, got: Any, wanted: Any) -> None:
        """Compare two values that must be the same, like the tokens of a sentence."""
        if got == wanted:
            self._keep_worst(0.0, EXACT)
            return
        self._keep_worst(math.inf, EXACT)
        self.problems.append(f"{what}: got {_short(got)}, expected {_short(wanted)}")

    def unread(self) -> list[str]:
        """Return the keys of outputs that nothing was compared with."""
        outputs = (key for key in self.golden.tensors if key.startswith("out/"))
        return sorted(set(outputs) - self._read)

    def _note(self, key: str, error: float, tolerance: float) -> None:
        self._keep_worst(error, tolerance)
        if not error <= tolerance:
            bound = f"at most {tolerance:.0e}" if tolerance else "no difference"
            self.problems.append(f"{key}: error {error:.2e}, expected {bound}")

    def _keep_worst(self, error: float, tolerance: float) -> None:
        share = error / tolerance if tolerance else (math.inf if error else 0.0)
        # Of exact and near comparisons that agree, the near ones say more.
        if (share, tolerance) > (self._worst, self.tolerance or 0.0) or self.error is None:
            self._worst, self.error, self.tolerance = share, error, tolerance


def _tolerance(key: str, wanted: Tensor, default: float) -> float:
    if wanted.dtype == torch.int16:
        return INT16_STEPS
    if not wanted.is_floating_point() or key.rpartition("/")[2].rpartition(".")[2] == "mask":
        return EXACT
    return default


def _error(got: Tensor, wanted: Tensor) -> float:
    difference = (got.double() - wanted.double()).abs()
    worst = float(torch.where(difference.isfinite(), difference, torch.inf).max())
    scale = float(wanted.double().abs().max()) if wanted.is_floating_point() else 1.0
    return worst / scale if scale > 0 else worst


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


QUIET = 0.01
"""Share of the loudest magnitude below which magnitudes are compared with that, not themselves."""


def _log_error(got: Tensor, wanted: Tensor) -> float:
    """Return the largest error of logarithms, as one of the magnitudes that they stand for.

    A Fourier transform in single precision errs by a part of the loudest of its bins, differently
    on every kind of processor; the logarithm of an almost silent bin blows that up.
    """
    magnitude = wanted.double().exp()
    error = (got.double().exp() - magnitude).abs() / (magnitude + QUIET * magnitude.max())
    return float(torch.where(error.isfinite(), error, torch.inf).max())
