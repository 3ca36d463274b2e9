"""How many pairs were asked for, how many there are, and how many recordings are not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .config import AudioEditConfig
from .packing.collect import last_stages
from .records import EditRecord
from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop

Kind = tuple[str, str]
"""Branch and task."""

OPENERS = ("ingredients", "index")
"""Stages that open recordings; what is not there is rejected as ``missing``."""


@dataclass(frozen=True)
class Quota:
    """Pairs of one edit in one branch, those of the test split left out.

    Attributes:
        branch: how they are made.
        task: the edit.
        asked: how many the configuration asks for.
        made: how many there are.
    """

    branch: str
    task: str
    asked: int
    made: int

    @property
    def short(self) -> int:
        """Return by how many there are too few."""
        return max(0, self.asked - self.made)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "short": self.short}


def asked_for(config: AudioEditConfig, limit: int | None = None) -> dict[Kind, int]:
    """Return how many pairs a configuration asks for, by branch and task.

    Those of the synthesis branch are its scenes, shared out among the tasks; those of the real
    branch are ``real.quotas``, and nothing is asked for where there are none.

    Args:
        config: of the data set.
        limit: that a run was given; scenes beyond it are not asked for.
    """
    asked: dict[Kind, int] = {}
    synthesis = config.synthesis
    if synthesis is not None:
        scenes = synthesis.scenes if limit is None else min(limit, synthesis.scenes)
        for k, task in enumerate(synthesis.tasks):
            turns = len(range(k, scenes, len(synthesis.tasks)))
            asked["synth", task] = scenes if synthesis.share_scenes else turns
    if config.real is not None:
        asked |= {("real", task): number for task, number in config.real.quotas.items()}
    return asked


def quotas(asked: Mapping[Kind, int], made: Mapping[Kind, int]) -> list[Quota]:
    """Return what was asked for beside what there is."""
    return [Quota(*kind, number, made.get(kind, 0)) for kind, number in asked.items()]


def counted(records: Iterable[EditRecord]) -> Counter[Kind]:
    """Return how many pairs there are by branch and task, without the test split."""
    return Counter((r.branch, r.task) for r in records if r.split != "test")


def finished_pairs(workshop: Workshop, steps: Sequence[Step]) -> Counter[Kind]:
    """Return the same of what stages have finished, before anything is left out of shards."""
    found: Counter[Kind] = Counter()
    for step in last_stages(steps):
        for part in parts_in(workshop.folder(step.name)):
            records = (item.data["record"] for item in part.kept())
            found.update((r["branch"], r["task"]) for r in records if r["split"] != "test")
    return found


def missing_recordings(funnel: Iterable[Mapping[str, Any]]) -> int:
    """Return how many recordings were not where their row says, from the lines of a funnel."""
    opened = (line for line in funnel if line["stage"] in OPENERS)
    return sum(line["rejected"].get("missing", 0) for line in opened)


def told(found: Sequence[Quota], missing: int) -> list[str]:
    """Return sentences on what falls short; none where nothing does."""
    lines = [
        f"{q.branch} {q.task}: {q.made:,} of {q.asked:,} pairs asked for, {q.short:,} short"
        for q in found
        if q.short
    ]
    if missing:
        lines.append(f"{missing:,} recordings are missing: their files are not there")
    return lines


def within(records: Sequence[EditRecord], most: Mapping[Kind, int]) -> list[EditRecord]:
    """Return the records without those that their quota does not ask for.

    Args:
        records: in the order in which they are packed, which no property of a pair decides: the
            first of each kind stay.
        most: branch and task → pairs; kinds that it does not name stay, as does the test split.
    """
    taken: Counter[Kind] = Counter()
    kept = []
    for record in records:
        kind = (record.branch, record.task)
        if record.split != "test":
            taken[kind] += 1
            if taken[kind] > most.get(kind, taken[kind]):
                continue
        kept.append(record)
    return kept
