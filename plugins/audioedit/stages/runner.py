"""Run stages one after another, each until every item within the limit has an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ....core.errors import DataError
from .contract import RootStage, stage_of
from .lines import Line
from .outcomes import Item
from .parts import Part, parts_in
from .pipeline import Step, check_stage
from .stopping import StopRun, stopping_if_full
from .tally import OnTally, Tally
from .work import Control, Limits, do_part
from .workshop import Job, Workshop


@dataclass(frozen=True)
class Work:
    """What a process is handed: one part of one stage.

    Attributes:
        step: the stage.
        part: number of the part.
        limit: root numbers below this are processed; `None` for all.
    """

    step: Step
    part: int
    limit: int | None


class Executor(Protocol):
    """Does parts, in any order and in any number of processes."""

    def __call__(self, job: Job, works: Sequence[Work], tally: Tally) -> None:
        """Do all works; tell ``tally`` of every outcome.

        Raises:
            StopRun: if the run has to end.
        """
        ...


def run_steps(
    job: Job,
    workshop: Workshop,
    steps: Sequence[Step],
    execute: Executor,
    *,
    only: str | None = None,
    limit: int | None = None,
    on_tally: OnTally | None = None,
) -> None:
    """Run stages in order; go on where an earlier run stopped.

    Args:
        job: for the processes.
        workshop: of this process.
        steps: all stages, in order.
        execute: does the parts.
        only: run this stage alone; those that it reads have to be there.
        limit: process only items that come of the first so many roots of a branch.
        on_tally: is told of every outcome.

    Raises:
        StopRun: if the run has to end early.
        DataError: if ``only`` names no stage, or one whose input is not complete.
    """
    check_stage(steps, only)
    for step in steps:
        if only in {None, step.name}:
            within = None if step.whole else limit
            _check_tables(workshop, steps, step)
            works = list(_works(workshop, step, within))
            tally = Tally(
                step.name,
                total=sum(count for _, count in works),
                fail_rate_stop=workshop.config.limits.fail_rate_stop,
                on_tally=on_tally,
            )
            _count_what_is_there(workshop, step, tally)
            execute(job, [work for work, _ in works if not _is_there(workshop, work)], tally)
            _check_finished(workshop, step, [work for work, _ in works])


def do_work(workshop: Workshop, work: Work, stopped: Callable[[], bool], on_line: object) -> bool:
    """Do one part in this process; the stage is built once. Returns whether it was finished."""
    from .locks import held

    step = work.step
    part = Part(workshop.folder(step.name), work.part)
    what = f"part {work.part} of stage '{step.name}'"
    with stopping_if_full(what), held(part.lock_path) as mine:
        if not mine:
            return False
        items, upstream, whole = part_items(workshop, work)
        _reopen_if_stale(part, items, upstream)
        if part.done() is not None:
            return True
        limits = workshop.config.limits
        control = Control(
            Limits(limits.max_attempts, limits.backoff_s, limits.min_free_bytes),
            stopped,
            on_line,  # type: ignore[arg-type]
        )
        stage = stage_of(step.stage, workshop)
        return do_part(stage, part, items, control, upstream=upstream, whole=whole)


def part_items(workshop: Workshop, work: Work) -> tuple[list[Item], str, bool]:
    """Return a part's items, the hash of the part they come from, and whether these are all."""
    step, size = work.step, workshop.config.items_per_part
    if step.upstream is None:
        assert issubclass(step.stage, RootStage)  # noqa: S101 - the pipeline is ours
        every = range(work.part * size, min((work.part + 1) * size, step.count(workshop)))
        wanted = [n for n in every if work.limit is None or n < work.limit]
        return [step.stage.item(n) for n in wanted], "", len(wanted) == len(every)
    before = Part(workshop.folder(step.upstream), work.part)
    done = before.done()
    kept = before.kept()
    wanted_items = [item for item in kept if work.limit is None or item.root < work.limit]
    whole = done is not None and len(wanted_items) == len(kept)
    return wanted_items, done.sha256 if done else "", whole


def _works(workshop: Workshop, step: Step, limit: int | None) -> Iterator[tuple[Work, int]]:
    """Yield the parts of a stage, and how many items each has now."""
    if step.upstream is None:
        size = workshop.config.items_per_part
        numbers: Iterable[int] = range(-(-step.count(workshop) // size))
    else:
        numbers = (part.number for part in parts_in(workshop.folder(step.upstream)))
    for number in numbers:
        work = Work(step, number, limit)
        items, _, _ = part_items(workshop, work)
        if items:
            yield work, len(items)
        elif limit is None:
            yield work, 0


def _is_there(workshop: Workshop, work: Work) -> bool:
    """Tell whether a part is complete, of the same input, and without anything to try again."""
    part = Part(workshop.folder(work.step.name), work.part)
    done = part.done()
    if done is None:
        return False
    _, upstream, _ = part_items(workshop, work)
    return done.upstream == upstream and not any(line.retryable for line in part.lines())


def _reopen_if_stale(part: Part, items: Sequence[Item], upstream: str) -> None:
    """Open a complete part again if its input changed, or something in it failed for now."""
    done = part.done()
    if done is None:
        return
    again = {line.id for line in part.lines() if line.retryable}
    if done.upstream != upstream:
        again |= {line.id for line in part.lines()} - {item.id for item in items}
    if again or done.upstream != upstream:
        part.reopen(without=again)


def _count_what_is_there(workshop: Workshop, step: Step, tally: Tally) -> None:
    for part in parts_in(workshop.folder(step.name)):
        tally.counts.update(line.outcome for line in part.lines() if not line.retryable)


def _check_tables(workshop: Workshop, steps: Sequence[Step], step: Step) -> None:
    """Raise unless the stages whose items this one looks up are complete."""
    by_name = {other.name: other for other in steps}
    for name in step.tables:
        other = by_name[name]
        size = workshop.config.items_per_part
        wanted: Iterable[int] = ()
        if other.upstream is None:
            wanted = range(-(-other.count(workshop) // size))
        elif other.whole:  # a limit may leave parts of others open
            wanted = [part.number for part in parts_in(workshop.folder(other.upstream))]
        folder = workshop.folder(name)
        missing = [number for number in wanted if Part(folder, number).done() is None]
        if missing:
            raise DataError(
                f"Stage '{step.name}' looks things up in '{name}', of which {len(missing)} parts "
                "are not complete. Run that stage first, or all of them: leave --stage out."
            )


def _check_finished(workshop: Workshop, step: Step, works: Sequence[Work]) -> None:
    """Raise unless every part whose items are all known is complete: others may hold some.

    Raises:
        StopRun: if another run is at work on the rest.
    """
    parts = {work.part: Part(workshop.folder(step.name), work.part) for work in works}
    held = [
        work.part
        for work in works
        if parts[work.part].done() is None and part_items(workshop, work)[2]
    ]
    if held:
        raise StopRun(
            f"Stage '{step.name}': another run is at work on {len(held)} of {len(works)} parts, "
            f"the first of them {held[0]}. Wait for it to end, and run the same command again."
        )


def in_this_process(job: Job, works: Sequence[Work], tally: Tally, *, workshop: Workshop) -> None:
    """Do parts one after another, here."""
    del job
    from .signals import stop_on_signals

    with stop_on_signals() as stopped:
        for work in works:
            do_work(workshop, work, stopped, partial(_told, tally))
            if stopped():
                raise StopRun("Stopped as asked. Run the same command again to go on.")


def _told(tally: Tally, stage: str, line: Line) -> None:
    del stage
    tally.add(line)
