"""Which pairs are tested with: of test recordings, accepted by people, evenly spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ..config import Task
from ..listening.accepted import Heard
from ..records import EditRecord
from ..seeds import fraction
from .strata import Stratum, shares, strata_of


@dataclass(frozen=True)
class ChosenTask:
    """What was chosen of one edit.

    Attributes:
        task: the edit.
        asked: how many pairs were asked for.
        candidates: pairs of test recordings there are.
        heard: of them, those that somebody judged.
        accepted: of those, the ones that all who judged them accept.
        strata: family and level → chosen pairs.
    """

    task: str
    asked: int
    candidates: int
    heard: int
    accepted: int
    strata: Mapping[Stratum, int]

    @property
    def chosen(self) -> int:
        """Return how many pairs were chosen."""
        return sum(self.strata.values())

    @property
    def short(self) -> int:
        """Return by how many there are too few."""
        return self.asked - self.chosen

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        strata = {" ".join(stratum): n for stratum, n in sorted(self.strata.items())}
        counts = {"chosen": self.chosen, "short": self.short}
        return {**vars(self), **counts, "strata": strata}


@dataclass(frozen=True)
class Chosen:
    """Chosen pairs, each with what people said of it, and how they came to be chosen."""

    records: list[EditRecord]
    tasks: list[ChosenTask]


def choose(
    records: Sequence[EditRecord], heard: Mapping[str, Heard], *, per_task: int, key: str
) -> Chosen:
    """Return the pairs to test with.

    Terciles of the level are those of all candidates of an edit, so that what people say moves
    none of them. Within a stratum, pairs are taken in an order that their ids decide.

    Args:
        records: finished pairs; only those of the split ``test`` are candidates.
        heard: id → what people said.
        per_task: pairs of each edit.
        key: name and version of the data set; decides the order.
    """
    made = {record.task for record in records}
    found: list[EditRecord] = []
    told = []
    for task in (name for name in get_args(Task) if name in made):
        own = [record for record in records if record.task == task and record.split == "test"]
        chosen, facts = _of_task(task, own, heard, per_task, key)
        found += chosen
        told.append(facts)
    return Chosen(found, told)


def _of_task(
    task: str, own: Sequence[EditRecord], heard: Mapping[str, Heard], asked: int, key: str
) -> tuple[list[EditRecord], ChosenTask]:
    strata = strata_of(own)
    good = [record for record in own if record.id in heard and heard[record.id].ok]
    order = sorted(good, key=lambda record: (fraction(key, "test_set", record.id), record.id))
    wanted = shares(Counter(strata[record.id] for record in good), asked)
    taken: Counter[Stratum] = Counter()
    chosen = []
    for record in order:
        stratum = strata[record.id]
        if taken[stratum] < wanted[stratum]:
            taken[stratum] += 1
            human = heard[record.id].to_dict()
            quality = record.quality.model_copy(update={"human": human})
            chosen.append(record.model_copy(update={"quality": quality}))
    judged = sum(record.id in heard for record in own)
    facts = ChosenTask(task, asked, len(own), judged, len(good), dict(taken))
    return chosen, facts
