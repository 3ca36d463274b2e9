"""What `bench metrics` found, as a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ScoreCost:
    """What one score took, in processes of its own.

    Attributes:
        what: ``"one process"``, ``"again, all known"``, or ``"N processes"``.
        seconds: of the score, without the start of Python and the rendering of clips.
        cpu_seconds: of all its processes together, whatever else the machine does.
        clips_per_s: generated clips per second.
        peak_memory_bytes: greatest resident set of any one process, files that it
            maps included; `None` where it cannot be told.
        computed: values and embeddings that the process which reports did not find known; of
            several processes it is the one that reads what the others found.
    """

    what: str
    seconds: float
    cpu_seconds: float
    clips_per_s: float
    peak_memory_bytes: int | None
    computed: int


@dataclass(frozen=True)
class StatisticsCost:
    """What two sets of vectors took.

    Attributes:
        vectors: of each set.
        width: of a vector.
        gather_seconds: for mean and covariance of both sets, vector by vector in batches.
        distance_seconds: for their Fréchet distance.
        peak_memory_bytes: of the process; `None` where it cannot be told.
    """

    vectors: int
    width: int
    gather_seconds: float
    distance_seconds: float
    peak_memory_bytes: int | None


@dataclass(frozen=True)
class MetricsReport:
    """What was measured.

    Attributes:
        metrics: names.
        clips: pairs of clips.
        clip_seconds: length of each.
        sample_rate_hz: of each.
        costs: a score with nothing known, the same again, the same by more processes.
        known_share: second run over the first.
        speedup: seconds of one process over those of several; means little on a busy machine.
        cpu_ratio: processor time of several over that of one, whatever else the machine does: N
            over this is the speed-up that N free cores can give.
        is_equal: whether all three found the same values to the last bit.
        statistics: of vectors that no network has to give; `None` where none were asked for.
    """

    metrics: Sequence[str]
    clips: int
    clip_seconds: float
    sample_rate_hz: int
    costs: Sequence[ScoreCost]
    known_share: float
    speedup: float
    cpu_ratio: float
    is_equal: bool
    statistics: StatisticsCost | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)
