"""The processes of a run: one, or those that ``torchrun`` started.

Each takes its part of every batch; what must be the same for all is agreed upon once a step.
"""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from ..data.records import Part
from ..errors import AudioOmniError, TrainingError

ResultT = TypeVar("ResultT")
PATIENCE = timedelta(hours=2)
"""How long processes wait for one another: the first one saves and measures alone."""


@dataclass(frozen=True)
class World:
    """A process among others.

    Attributes:
        rank: its number, from 0.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Return whether this process writes checkpoints, and tells trackers what happens."""
        return self.rank == 0

    @property
    def part(self) -> Part:
        """Return which examples of a batch are this process's."""
        return Part(self.rank, self.size)

    def most(self, values: Sequence[float]) -> list[float]:
        """Return the largest of each of some numbers over all processes."""
        return self._reduced(values, distributed.ReduceOp.MAX)

    def total(self, values: Sequence[float]) -> list[float]:
        """Return the sum of each of some numbers over all processes."""
        return self._reduced(values, distributed.ReduceOp.SUM)

    def norm_of_sum(
        self, gradients: Sequence[Tensor | None], parameters: Iterable[nn.Parameter]
    ) -> float:
        """Return the norm of gradients, added up over all processes; `None` stands for zeros."""
        squares = 0.0
        for gradient, parameter in zip(gradients, parameters, strict=True):
            whole = torch.zeros_like(parameter) if gradient is None else gradient.clone()
            if self.size > 1:
                distributed.all_reduce(whole)
            squares += float(whole.double().square().sum())
        return math.sqrt(squares)

    def gathered(self, value: ResultT) -> list[ResultT]:
        """Return the values of all processes, by rank."""
        if self.size == 1:
            return [value]
        found: list[Any] = [None] * self.size
        with self.in_contact():
            distributed.all_gather_object(found, value)
        return found

    def first_does(self, work: Callable[[], ResultT]) -> ResultT:
        """Let the first process do something, and return its result everywhere.

        Raises:
            AudioOmniError: of the kind that the first process raised, in all of them.
        """
        if self.size == 1:
            return work()
        said: list[Any] = [None, None]
        if self.is_first:
            try:
                said[0] = work()
            except AudioOmniError as failure:
                said[1] = failure
            except Exception as failure:
                said[1] = TrainingError(f"The first process failed: {failure!r}")
        with self.in_contact():
            distributed.broadcast_object_list(said, src=0)
        if said[1] is not None:
            raise said[1]
        result: ResultT = said[0]
        return result

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.size > 1:
            with self.in_contact():
                distributed.barrier()

    @contextmanager
    def in_contact(self) -> Iterator[None]:
        """Say what it means if the others do not answer any more.

        Raises:
            TrainingError: if one of them has gone.
        """
        try:
            yield
        except RuntimeError as failure:
            if self.size == 1 or not _is_about_others(failure):
                raise
            said = str(failure).strip().splitlines()[0][:200]
            raise TrainingError(
                f"Process {self.rank} of {self.size} has lost another one ({said}). The last "
                "checkpoint is intact; look for the error of the process that went first, then "
                "start all of them again with --resume."
            ) from failure

    def _reduced(self, values: Sequence[float], how: Any) -> list[float]:
        if self.size == 1:
            return list(values)
        tensor = torch.tensor(list(values), dtype=torch.float64)
        with self.in_contact():
            distributed.all_reduce(tensor, op=how)
        return [float(value) for value in tensor]


ALONE = World()


def _is_about_others(failure: RuntimeError) -> bool:
    """Tell whether an error comes from how processes talk to one another."""
    said = str(failure).lower()
    return isinstance(failure, distributed.DistError) or any(
        word in said for word in ("gloo", "nccl", "connection", "peer", "process group")
    )


@contextmanager
def joined_world(device: torch.device) -> Iterator[World]:
    """Join the processes that ``torchrun`` started, or be alone without them.

    Numbers that are agreed upon travel over gloo, whatever the device; gradients of CUDA devices
    over NCCL.

    Raises:
        TrainingError: if the others cannot be reached.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or distributed.is_initialized():
        yield ALONE if size == 1 else World(distributed.get_rank(), distributed.get_world_size())
        return
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    try:
        with stdout_to_stderr():
            distributed.init_process_group(backend, timeout=PATIENCE)
    except (RuntimeError, ValueError) as failure:
        raise TrainingError(
            f"This is process {os.environ.get('RANK')} of {size}, and the others cannot be reached "
            f"({failure}). Start all of them with torchrun."
        ) from failure
    try:
        yield World(distributed.get_rank(), distributed.get_world_size())
        with suppress(RuntimeError):  # one that leaves first takes connections with it
            distributed.barrier()
        # Connections end with the last reference to them, and their threads with them: those must
        # not outlive the interpreter, which would abort the process.
        gc.collect()
    finally:
        distributed.destroy_process_group()


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what libraries write to the process's standard output to its standard error.

    Gloo greets each new group there, where a program may expect JSON.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def own_device(device: torch.device) -> torch.device:
    """Return the device of this process: of several GPUs of a machine, each takes one."""
    local = os.environ.get("LOCAL_RANK")
    if device.type != "cuda" or device.index is not None or local is None:
        return device
    found = torch.device("cuda", int(local))
    torch.cuda.set_device(found)
    return found
