"""What is said when too many rows are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DataError


def too_many_broken(skipped: Mapping[str, int], most: int, last: Sequence[str]) -> DataError:
    """Return the error of a run that skipped more rows than it may.

    Args:
        skipped: reason → broken rows, of all processes together.
        most: how many may be.
        last: what was wrong with the last of each process that has met one.
    """
    counts = ", ".join(f"{number} × {reason}" for reason, number in skipped.items())
    return DataError(
        f"{sum(skipped.values())} broken rows ({counts}); the run allows {most} "
        f"(loader.max_skipped). The last: {'; '.join(last)}"
    )
