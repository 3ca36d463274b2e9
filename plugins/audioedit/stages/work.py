"""Do one part of a stage: go on where it stopped, item by item, and retry what failed."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from json import dumps
from typing import Any

from ....core.errors import WriteError
from .contract import Stage
from .lines import Line, dump, line_of
from .outcomes import Failed, Item, Outcome
from .parts import Part
from .stopping import StopRun, is_full

DEATHS = 3
"""Processes that an item may cost before it is set aside."""

OnLine = Callable[[str, Line], None]
"""Is told (stage, line) of every outcome."""


@dataclass(frozen=True)
class Limits:
    """What a process minds while it works.

    Attributes:
        max_attempts: tries of an item that fails.
        backoff_s: wait before the second try; doubled for every further one, with jitter.
        min_free_bytes: room that has to be left on the disk.
    """

    max_attempts: int = 3
    backoff_s: float = 1.0
    min_free_bytes: int = 1 << 28


@dataclass
class Control:
    """How a part is told to end early, and tells of what it does."""

    limits: Limits = field(default_factory=Limits)
    stopped: Callable[[], bool] = lambda: False
    on_line: OnLine = lambda stage, line: None


def do_part(
    stage: Stage, part: Part, items: Sequence[Item], control: Control, *, upstream: str, whole: bool
) -> bool:
    """Give every item of a part an outcome, and close the part if that is all it will ever have.

    Args:
        stage: what processes them.
        part: where outcomes go.
        items: of the part, in order.
        control: when to stop, and whom to tell.
        upstream: hash of the part that the items come from.
        whole: whether these are all items of the part, so that it can be closed.

    Returns:
        Whether every item has an outcome.

    Raises:
        StopRun: if the run has to end; what has an outcome keeps it.
    """
    began = time.monotonic()
    known = {line.id: line for line in part.lines()}
    wanted = {item.id for item in items}
    known = {id_: line for id_, line in known.items() if id_ in wanted and _is_final(line)}
    poison = {id_ for id_, deaths in part.deaths().items() if deaths >= DEATHS}
    alone = {id_ for id_, deaths in part.deaths().items() if deaths}
    part.journal.parent.mkdir(parents=True, exist_ok=True)
    with part.journal.open("a", encoding="utf-8") as journal:
        _mend(part, journal)
        writer = _Writer(stage, journal, known, control)
        for item in items:
            if item.id in poison and item.id not in known:
                failure = Failed(f"It ended {DEATHS} processes.", False, "worker_died")
                writer.keep(item, failure, DEATHS)
        todo = [item for item in items if item.id not in known]
        for batch in _batches(todo, stage.batch, alone):
            if control.stopped():
                return False
            _check_room(part, control.limits)
            writer.work(batch)
    if whole:
        part.complete(items, known, upstream, time.monotonic() - began)
    return True


class _Writer:
    """Processes batches and keeps every outcome at once."""

    def __init__(
        self, stage: Stage, journal: TextIOWrapper, known: dict[str, Line], control: Control
    ) -> None:
        self.stage, self.journal, self.known, self.control = stage, journal, known, control

    def work(self, batch: Sequence[Item], attempt: int = 1) -> None:
        """Process a batch; what may succeed another time is tried again, one by one."""
        self._write({"begin": [item.id for item in batch]})
        again = []
        for item, outcome in zip(batch, _outcomes(self.stage, batch), strict=True):
            may = isinstance(outcome, Failed) and outcome.retryable
            if may and (attempt < self.control.limits.max_attempts or len(batch) > 1):
                again.append(item)
            else:
                self.keep(item, outcome, attempt)
        for item in again:
            if self.control.stopped():
                return
            if len(batch) == 1:
                wait = self.control.limits.backoff_s * 2 ** (attempt - 1)
                time.sleep(wait * (0.5 + random.random()))  # noqa: S311 - jitter, not data
            self.work([item], attempt + (len(batch) == 1))

    def keep(self, item: Item, outcome: Outcome, attempt: int) -> None:
        """Write an outcome down."""
        line = line_of(item, outcome, attempt)
        self.known[item.id] = line
        self.journal.write(f"{dump(line)}\n")
        self.journal.flush()
        self.control.on_line(self.stage.name, line)

    def _write(self, values: dict[str, Any]) -> None:
        self.journal.write(f"{dumps(values)}\n")
        self.journal.flush()


def _outcomes(stage: Stage, batch: Sequence[Item]) -> list[Outcome]:
    try:
        outcomes = stage.process(batch)
    except (StopRun, WriteError):
        raise  # what cannot be written is the fault of no item
    except Exception as failure:
        if is_full(failure):
            raise StopRun(
                f"The disk is full: stage '{stage.name}' found no room. Free some and run the same "
                "command again; nothing that was done is lost."
            ) from None
        said = f"{type(failure).__name__}: {failure}"
        return [Failed(said)] * len(batch)
    if len(outcomes) != len(batch):
        raise StopRun(
            f"Stage '{stage.name}' returned {len(outcomes)} outcomes for {len(batch)} items; "
            "expected one each. Mend the stage."
        )
    return outcomes


def _batches(todo: Sequence[Item], size: int, alone: set[str]) -> list[list[Item]]:
    """Cut items into batches; one over which a process died comes alone."""
    batches = [[item] for item in todo if item.id in alone]
    rest = [item for item in todo if item.id not in alone]
    return [rest[i : i + size] for i in range(0, len(rest), size)] + batches


def _is_final(line: Line) -> bool:
    return line.outcome != "failed" or not line.retryable


def _mend(part: Part, journal: TextIOWrapper) -> None:
    """End a line that was cut off, so that the next one stands alone."""
    data = part.journal.read_bytes()
    if data and not data.endswith(b"\n"):
        journal.write("\n")
        journal.flush()


def _check_room(part: Part, limits: Limits) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if free < limits.min_free_bytes:
        raise StopRun(
            f"{free / 2**20:.0f} MiB are free where {part.path.parent.parent.name} is written; "
            f"expected at least {limits.min_free_bytes / 2**20:.0f} (limits.min_free_bytes). Free "
            "some and run the same command again; nothing that was done is lost."
        )
