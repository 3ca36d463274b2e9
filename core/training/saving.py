"""When a run's checkpoints are written: behind the next steps, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import AudioOmniError, CheckpointError, TrainingError
from .world import World

Write = Callable[[], Path]
"""Writes a checkpoint that is already copied from the model; returns its folder."""


class Saver:
    """Hands the writing of checkpoints to a thread.

    Every method but `nothing_lost` and `finish_alone` is called by all processes at the same step.

    Attributes:
        path: the last checkpoint of this run that is whole; `None` before there is one.
        step: its step, or the one that the run went on from.
    """

    def __init__(
        self, world: World, on_saved: Callable[[int, Path], None], *, in_background: bool
    ) -> None:
        """Prepare; ``on_saved`` is told the step and folder of each checkpoint that is whole."""
        self.world = world
        self.path: Path | None = None
        self.step = 0
        self._on_saved = on_saved
        self._in_background = in_background
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[Path] | None = None
        self._due: int | None = None

    def begin(self, step: int, copy: Callable[[], Write | None]) -> None:
        """Copy the state of a step, and write it while the run goes on.

        Args:
            step: optimiser steps taken.
            copy: returns what will write the copy; `None` in a process that writes nothing.

        Raises:
            CheckpointError: if this checkpoint cannot be copied, or the one before not written.
        """
        self.settle()
        write = copy()
        self._due = step
        self._writing = None if write is None else self._thread.submit(write)
        if not self._in_background:
            self.settle()

    @property
    def is_writing(self) -> bool:
        """Return whether this process still writes."""
        return self._writing is not None and not self._writing.done()

    @property
    def is_due(self) -> bool:
        """Return whether a checkpoint was begun that `settle` has not seen the end of."""
        return self._due is not None

    def settle(self) -> None:
        """Wait until the checkpoint that was begun is whole.

        Raises:
            CheckpointError: in all processes, if it could not be written.
        """
        if self._due is None:
            return
        step, writing = self._due, self._writing
        self._due = self._writing = None
        if writing is not None and not self.world.is_first:
            with suppress(CheckpointError):  # which the first process tells
                writing.result()
        path = self.world.first_does(writing.result if writing is not None else _nothing)
        self._is_whole(step, path)

    @contextmanager
    def nothing_lost(
        self, at: Callable[[], int], copy: Callable[[], Write | None]
    ) -> Iterator[None]:
        """Save the steps since the last checkpoint before a broken row or metric ends the run.

        What could not be written is not tried again, and a loss that is not finite is left to the
        last checkpoint: the steps before it may have caused it.

        Args:
            at: returns how many steps were taken.
            copy: returns what writes them without the other processes, which may not know of it.
        """
        last = None
        try:
            yield
        except (CheckpointError, TrainingError):
            raise
        except AudioOmniError:
            last = copy() if at() > self.step else None
            raise
        finally:
            self.finish_alone(last, at())

    def finish_alone(self, last: Write | None = None, step: int = 0) -> None:
        """Finish what was begun without asking other processes, which may be gone.

        Args:
            last: writes a last checkpoint; `None` if there is none to write.
            step: its step.
        """
        due, writing = self._due, self._writing
        self._due = self._writing = None
        if due is not None and writing is not None:
            with suppress(CheckpointError):
                self._is_whole(due, writing.result())
        if last is not None:
            with suppress(CheckpointError):
                self._is_whole(step, last())
        self._thread.shutdown()

    def _is_whole(self, step: int, path: Path) -> None:
        self.path, self.step = path, step
        self._on_saved(step, path)


def _nothing() -> Path:
    raise CheckpointError("The first process writes no checkpoint; expected it to.")
