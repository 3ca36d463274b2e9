"""Which stages there are, in order, and the keys of their folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....core.errors import DataError
from .contract import RootStage, Stage
from .workshop import Workshop


@dataclass(frozen=True)
class Step:
    """A stage and what it needs.

    Attributes:
        stage: its class.
        branch: ``"ingredients"``, ``"synth"`` or ``"real"``.
        upstream: the stage whose kept items it processes, part by part; `None` for a first one.
        tables: stages that have to be complete before, whose items it looks up.
        whole: whether ``--limit`` leaves it alone.
    """

    stage: type[Stage]
    branch: str
    upstream: str | None = None
    tables: tuple[str, ...] = ()
    whole: bool = False

    @property
    def name(self) -> str:
        """Return the stage's name."""
        return self.stage.name

    def count(self, workshop: Workshop) -> int:
        """Return how many items a first stage has."""
        assert issubclass(self.stage, RootStage)  # noqa: S101 - the pipeline is ours
        return self.stage.count(workshop)


def stage_keys(steps: Sequence[Step], workshop: Workshop) -> dict[str, str]:
    """Return the key of every stage: it changes with all that changes the stage's outcomes.

    A key is made of the stage's name, version and settings, and of the keys of the stages that
    it reads; so a change makes it and all that follows run anew, in folders of their own. What
    was asked for anew counts as a change.
    """
    keys: dict[str, str] = {}
    for step in steps:
        read = [keys[name] for name in (step.upstream, *step.tables) if name is not None]
        facts = [step.name, step.stage.version, _shared(workshop), step.stage.settings(workshop)]
        if step.name in workshop.redone:
            facts.append(workshop.redone[step.name])
        text = json.dumps([facts, read], sort_keys=True, ensure_ascii=False)
        keys[step.name] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return keys


def check_stage(steps: Sequence[Step], name: str | None) -> None:
    """Raise DataError unless there is a stage of a name; lists what there is. `None` is any."""
    names = [step.name for step in steps]
    if name is not None and name not in names:
        raise DataError(f"There is no stage '{name}'; expected one of {', '.join(names)}.")


def _shared(workshop: Workshop) -> Mapping[str, object]:
    """Return what all stages depend on."""
    config = workshop.config
    return {
        "dataset": config.key,
        "sample_rate_hz": config.sample_rate_hz,
        "samples": config.samples,
        "bits": config.bits,
        "items_per_part": config.items_per_part,
    }
