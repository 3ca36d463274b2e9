"""Parts done by processes of this machine; one that dies costs the item in its hands."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from json import dumps
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from time import process_time
from types import TracebackType
from typing import Any

from ....core.deaf import deaf_processes
from ....core.errors import AudioOmniError, DataError
from .lines import Line
from .parts import Part
from .runner import Work, do_work
from .signals import stop_on_signals
from .stopping import StopRun, stopping_if_full
from .tally import Tally
from .workshop import Job, Workshop

RECYCLE_AFTER = 2000
"""Outcomes after which a process is replaced by a fresh one."""
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 60
"""For the item in hand to end, before a process is killed."""


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    work: Work | None = None
    done: int = 0


class LocalProcesses:
    """An executor: so many processes, each with one part at a time; use it in a ``with`` block.

    They stay from one stage to the next, so that what they loaded stays with them.
    """

    def __init__(self, workers: int) -> None:
        """Keep how many; they are started when there is work."""
        self.workers = workers
        self.context = get_context("spawn")  # forked threads of torch may hang
        self.asked = self.context.Event()
        self.crew: list[_Worker] = []
        self.cpu_seconds = 0.0  # that their parts took, so far

    def __enter__(self) -> LocalProcesses:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the processes go; after a failure, when the item in hand is done."""
        if error is not None:
            self.asked.set()
        self._dismiss()

    def __call__(self, job: Job, works: Sequence[Work], tally: Tally) -> None:
        """Do all parts.

        Raises:
            StopRun: if a process says so, or the run was asked to end.
        """
        waiting = list(reversed(works))
        while len(self.crew) < min(self.workers, len(works)):
            self.crew.append(self._hire(job))
        problem: StopRun | None = None
        with stop_on_signals() as stopped:
            while any(w.work for w in self.crew) or (waiting and not self.asked.is_set()):
                if stopped():
                    self.asked.set()
                self._hand_out(waiting)
                ready = wait([w.pipe for w in self.crew], POLL_SECONDS)
                for place, worker in enumerate(self.crew):
                    if worker.pipe in ready:
                        try:
                            self.crew[place] = self._hear(job, worker, waiting, tally)
                        except StopRun as stop:
                            problem = problem or stop
                            self.asked.set()
        if problem is not None:
            raise problem
        if self.asked.is_set():
            raise StopRun("Stopped as asked. Run the same command again to go on.")

    def _hire(self, job: Job) -> _Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_serve, args=(job, theirs, self.asked), daemon=True)
        with _one_thread_each(), deaf_processes():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _hand_out(self, waiting: list[Work]) -> None:
        for worker in self.crew:
            if worker.work is None and waiting and not self.asked.is_set():
                worker.work = waiting.pop()
                worker.pipe.send(worker.work)

    def _hear(self, job: Job, worker: _Worker, waiting: list[Work], tally: Tally) -> _Worker:
        """Take one message; return who goes on in the worker's place.

        Raises:
            StopRun: if the worker, or the tally, says that the run has to end.
        """
        try:
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            return self._replace(job, worker, waiting)
        if kind == "line":
            worker.done += 1
            tally.add(value)
        elif kind == "stop":
            worker.work = None
            raise StopRun(value)
        elif kind == "error":
            worker.work = None
            raise value
        else:
            worker.work = None
            self.cpu_seconds += value
            if worker.done >= RECYCLE_AFTER and not self.asked.is_set():
                worker.pipe.send(None)
                return self._hire(job)
        return worker

    def _replace(self, job: Job, worker: _Worker, waiting: list[Work]) -> _Worker:
        """Note over which items a process died, and give its part to another one."""
        worker.process.join()
        if worker.work is not None:
            folder = job.root / "stages" / worker.work.step.name / job.keys[worker.work.step.name]
            part = Part(folder, worker.work.part)
            held = part.in_hands()
            if held and not self.asked.is_set():
                self._note_deaths(part, held, worker)
            part.lock_path.unlink(missing_ok=True)
            waiting.append(worker.work)
        return self._hire(job)

    def _note_deaths(self, part: Part, held: list[str], worker: _Worker) -> None:
        try:
            with (
                stopping_if_full(part.journal.name),
                part.journal.open("a", encoding="utf-8") as journal,
            ):
                journal.write("\n" + dumps({"died": held}) + "\n")
        except AudioOmniError:
            worker.work = None  # whoever died cannot be asked to end it
            raise

    def _dismiss(self) -> None:
        for worker in self.crew:
            with suppress(OSError):
                worker.pipe.send(None)
        for worker in self.crew:
            worker.process.join(PATIENCE_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self.crew = []


def _serve(job: Job, pipe: Connection, asked: Event) -> None:
    """Do parts until none comes; all that happens is told to the parent."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # the parent says when to stop
    workshop: Workshop | None = None
    try:
        while (work := pipe.recv()) is not None:
            try:
                workshop = workshop or Workshop.open(job)
                began = process_time()
                do_work(workshop, work, asked.is_set, partial(_tell, pipe))
                pipe.send(("done", process_time() - began))
            except StopRun as stop:
                pipe.send(("stop", str(stop)))
            except Exception as failure:
                pipe.send(("error", _plain(failure)))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Have the libraries of a process that starts now use one thread, unless told otherwise.

    They look when they are loaded, which is before any of its code runs. Torch is not loaded for
    this: that takes seconds, and few stages need it.
    """
    told = "OMP_NUM_THREADS" in os.environ
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        yield
    finally:
        if not told:
            del os.environ["OMP_NUM_THREADS"]


def _tell(pipe: Connection, stage: str, line: Line) -> None:
    del stage
    # Items travel by the part's file; the parent only counts.
    pipe.send(("line", Line(line.id, line.outcome, reason=line.reason, detail=line.detail)))


def _plain(failure: Exception) -> Any:
    """Return an exception that can be pickled and still says what it said."""
    if isinstance(failure, AudioOmniError):
        return failure
    return DataError(f"A stage broke: {type(failure).__name__}: {failure}")
