"""Count a stage's outcomes as they come, and say when too many are failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .lines import Line
from .stopping import StopRun

FEW = 500
"""Items before a share of failures says anything."""

OnTally = Callable[["Tally"], None]


@dataclass
class Tally:
    """Counts a stage's outcomes as they come, and says when there are too many failures.

    Attributes:
        stage: its name.
        total: items that it will process, as far as is known.
        counts: outcome → number, those of earlier runs included.
        fresh: outcomes of this run.
    """

    stage: str
    total: int
    fail_rate_stop: float = 1.0
    on_tally: OnTally | None = None
    counts: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    fresh_failed: int = 0

    @property
    def done(self) -> int:
        """Return how many items have an outcome."""
        return sum(self.counts.values())

    def add(self, line: Line) -> None:
        """Count an outcome.

        Raises:
            StopRun: if failures exceed their ceiling, over at least 500 items.
        """
        self.counts[line.outcome] += 1
        self.fresh += 1
        self.fresh_failed += line.outcome == "failed"
        if self.on_tally is not None:
            self.on_tally(self)
        if self.fresh >= FEW and self.fresh_failed > self.fail_rate_stop * self.fresh:
            raise StopRun(
                f"Stage '{self.stage}': {self.fresh_failed} of {self.fresh} items failed, more "
                f"than limits.fail_rate_stop = {self.fail_rate_stop:g} allows. The last: "
                f"{line.detail} Mend the cause and run the same command again; failures are "
                "tried anew."
            )
