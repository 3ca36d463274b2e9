"""What the page shows, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ....core.media.waveform import Waveform

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class DemoSample:
    """One request with what came back.

    Attributes:
        prompt: the prompt or instruction, in the user's words.
        output: what the model made.
        source: the clip that was edited, or `None`.
        target: the exact answer (or a real rendering of the prompt), or `None`.
        metrics: label to formatted value or number, for example ``{"LSD": "0.41"}``.
        note: one sentence for the listener, or nothing.
    """

    prompt: str
    output: Waveform
    source: Waveform | None = None
    target: Waveform | None = None
    metrics: Mapping[str, str | float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class TaskSection:
    """The samples of one task.

    Attributes:
        name: name of the task, also its key in `LossHistory.tasks`.
        title: heading in plain words.
        explanation: what is asked of the model, in a sentence or two.
        listen_for: what the listener should notice, or nothing.
        samples: a few; none is allowed.
        target_title: what to call the samples' targets.
    """

    name: str
    title: str
    explanation: str = ""
    listen_for: str = ""
    samples: Sequence[DemoSample] = ()
    target_title: str = "Exact answer"


@dataclass(frozen=True)
class LossHistory:
    """Training loss as (step, loss), overall and per task; positive and finite values."""

    total: Curve = ()
    tasks: Mapping[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One value of a table; the best ones of a row are bold."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A table of measurements.

    Attributes:
        title: heading.
        header: names of the columns.
        rows: as many cells each as there are columns; plain text is a cell that is not bold.
        note: how to read it.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    note: str = ""


@dataclass(frozen=True)
class Command:
    """A command line to copy, with what it does."""

    text: str
    purpose: str = ""


@dataclass(frozen=True)
class DemoReport:
    """Everything on the page.

    Attributes:
        title: heading of the page.
        summary: one or two sentences below it.
        facts: a few headline numbers, label to value.
        sections: one per task, in the order shown.
        losses: the training curve.
        tables: measurements.
        environment: machine, versions, seeds; label to value.
        commands: how to see more and to do it again.
    """

    title: str
    summary: str
    facts: Mapping[str, str] = field(default_factory=dict)
    sections: Sequence[TaskSection] = ()
    losses: LossHistory = field(default_factory=LossHistory)
    tables: Sequence[Table] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[Command] = ()
