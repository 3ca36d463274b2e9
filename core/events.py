"""What happens during a run, as frozen records; observers (MLflow is one) receive them.

A new field breaks nobody, because an observer takes the whole record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .media.waveform import Waveform


@dataclass(frozen=True)
class SourceUse:
    """A data source as it takes part in a run."""

    uri: str
    task: str
    weight: float
    rows: int
    digest: str
    licences: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunStart:
    """Training is about to take its first step (or its first since a resume).

    Attributes:
        run_dir: folder of the run.
        recipe: the resolved recipe as plain values.
        sources: the data sources with weight, size and digest.
        resumed_from_step: the step of the checkpoint, or `None` for a fresh run.
        tags: git commit, plugins with versions, device, parameter counts, ….
        held_out: the sources that are measured on during training; their weight is 0.
    """

    run_dir: Path
    recipe: Mapping[str, Any]
    sources: Sequence[SourceUse]
    resumed_from_step: int | None
    tags: Mapping[str, str]
    held_out: Sequence[SourceUse] = ()


@dataclass(frozen=True)
class StepEnd:
    """An optimiser step is done; not every step gives an event, see ``train.log_every``.

    Attributes:
        step: optimiser steps taken, from 1.
        loss: mean over the examples since the previous event.
        task_loss: the same per task, only tasks that were drawn.
        learning_rate: as used by this step.
        gradient_norm: before clipping.
        examples_per_s: throughput of this step.
        seconds_left: estimate for the rest of the run.
        realised_shares: share of examples per mixture entry since the run began.
        task_examples: examples of each task since the run began.
        task_gradient_norm: norm of what each task adds to the gradient, before clipping; only in
            the steps of ``train.task_gradients_every``.
        left_out: batches since the run began, or was resumed, whose loss was not finite and that
            were left out.
        padding: share of the latent frames computed in this step that only fill up others.
        frames: latent frames of the batch, without those.
        skipped: reason → broken rows that all processes have skipped since the run began, or was
            resumed.
    """

    step: int
    loss: float
    task_loss: Mapping[str, float]
    learning_rate: float
    gradient_norm: float
    examples_per_s: float
    seconds_left: float
    realised_shares: Mapping[str, float] = field(default_factory=dict)
    task_examples: Mapping[str, int] = field(default_factory=dict)
    task_gradient_norm: Mapping[str, float] = field(default_factory=dict)
    left_out: int = 0
    padding: float = 0.0
    frames: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One generated clip with what it was made from."""

    task: str
    name: str
    generated: Waveform
    reference: Waveform | None = None
    source: Waveform | None = None
    caption: str = ""
    seed: int = 0


@dataclass(frozen=True)
class SamplesReady:
    """Samples of held-out rows were generated, and measured.

    Attributes:
        step: optimiser steps taken.
        samples: a few clips per task; none where a language model learns to answer.
        metrics: ``"<task>/<metric>"`` to value; of answers, ``"<task>/<skill>/<metric>"`` too.
        directions: which of ``"higher"`` and ``"lower"`` is better, of those that have a direction.
    """

    step: int
    samples: Sequence[Sample]
    metrics: Mapping[str, float] = field(default_factory=dict)
    directions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckpointSaved:
    """A checkpoint is complete on disk."""

    step: int
    path: Path


@dataclass(frozen=True)
class RunEnd:
    """Training stopped.

    Attributes:
        status: ``"finished"``, ``"stopped"`` (a signal) or ``"failed"``.
        step: optimiser steps taken.
        error: the message of the failure, if any.
    """

    status: str
    step: int
    error: str | None = None


@dataclass(frozen=True)
class RankStart:
    """A process beside the first is about to take its first step; the first one has `RunStart`.

    Attributes:
        run_dir: folder of the run; all processes see the same one.
        recipe: the resolved recipe as plain values.
        rank: number of the process, from 1.
        tags: as in the `RunStart` of the first process; ``launch`` is the same in all processes
            of a launch, and in no other launch.
    """

    run_dir: Path
    recipe: Mapping[str, Any]
    rank: int
    tags: Mapping[str, str]


@dataclass(frozen=True)
class RankEnd:
    """Training stopped in a process beside the first.

    Attributes:
        rank: number of the process, from 1.
        status: as in `RunEnd`.
    """

    rank: int
    status: str


@dataclass(frozen=True)
class Evaluated:
    """A run that had ended was measured, or files of any system were.

    Attributes:
        run_dir: folder of the run; of files: of what was found.
        recipe: its resolved recipe as plain values; of files: only its ``tracking``.
        name: what was measured, for example the title of a study.
        step: optimiser steps that the measured weights have taken.
        metrics: ``"<task>/<metric>"`` to value.
        details: what else belongs to the numbers, such as clips measured and fingerprints; plain
            values.
        files: reports to keep with the numbers.
        is_of_run: whether there was a run; if not, the numbers are no child of one.
    """

    run_dir: Path
    recipe: Mapping[str, Any]
    name: str
    step: int
    metrics: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()
    is_of_run: bool = True
