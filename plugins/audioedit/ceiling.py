"""What this machine allows at most: plain work by one process, and by several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import BaseModel

from ...core.deaf import deaf_processes
from .blobs import write_whole
from .providers.contract import Warper

Step = Callable[[], object]
Kernel = Callable[[], Step]
"""Prepares some work, in the process that does it, and returns a step of it."""

SECONDS, ROUNDS = 0.5, 5
WARPED_HZ = 44100


@dataclass(frozen=True)
class Ceiling:
    """How far one kind of work scales here.

    Attributes:
        kernel: what was done.
        one: steps a second of one process.
        all: steps a second of all processes together.
        scaling: median over the rounds of ``all / one``.
    """

    kernel: str
    one: float
    all: float
    scaling: float


def kernels(folder: Path, warper: Warper | None) -> dict[str, Kernel]:
    """Return what the making of pairs consists of, each alone.

    Args:
        folder: files are written there.
        warper: of the pairs, if they are warped.
    """
    made: dict[str, Kernel] = {
        "FFT of 4096 points, in cache": _fft,
        "copy of 32 MiB, in memory": _copy,
        "file of 1 MiB, synced": partial(_file, folder),
    }
    if warper is not None:
        made["warper, 1 s of noise"] = partial(_warp, type(warper), warper.options)
    return made


def ceilings(
    known: Mapping[str, Kernel], processes: int, seconds: float = SECONDS, rounds: int = ROUNDS
) -> list[Ceiling]:
    """Measure each kernel with one process and with all, in turns, so that both are slowed alike.

    Args:
        known: what to do, by name.
        processes: how many are all.
        seconds: of each turn.
        rounds: turns of each kernel.
    """
    with _crew(known, processes) as pipes:
        rates = {
            name: [(_rate(pipes[:1], name, seconds), _rate(pipes, name, seconds))
                   for _ in range(rounds)]
            for name in known
        }  # fmt: skip
    return [
        Ceiling(
            name,
            one=median(one for one, _ in pairs),
            all=median(together for _, together in pairs),
            scaling=median(together / one for one, together in pairs),
        )
        for name, pairs in rates.items()
    ]


def _rate(pipes: list[Connection], name: str, seconds: float) -> float:
    """Return the steps a second of so many processes that work at once."""
    for pipe in pipes:
        pipe.send((name, seconds))
    return float(sum(pipe.recv() for pipe in pipes))


@contextmanager
def _crew(known: Mapping[str, Kernel], processes: int) -> Iterator[list[Connection]]:
    context = get_context("spawn")
    pipes, crew = [], []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(dict(known), theirs), daemon=True)
        with deaf_processes():
            process.start()
        theirs.close()
        pipes.append(ours)
        crew.append(process)
    try:
        for pipe in pipes:
            pipe.recv()  # it is ready
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in crew:
            process.join()


def _serve(known: Mapping[str, Kernel], pipe: Connection) -> None:
    steps = {name: kernel() for name, kernel in known.items()}
    for step in steps.values():
        step()
    pipe.send(None)
    try:
        while True:
            name, seconds = pipe.recv()
            pipe.send(_steps_a_second(steps[name], seconds))
    except (EOFError, OSError):
        return  # the parent has what it wanted


def _steps_a_second(step: Step, seconds: float) -> float:
    began, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        step()
        count += 1
    return count / spent


def _noise(length: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(0).standard_normal(length).astype(np.float32)


def _fft() -> Step:
    noise = _noise(4096)
    return lambda: np.fft.rfft(noise)


def _copy() -> Step:
    source = np.ones(1 << 23, np.float32)
    target = np.zeros_like(source)
    return lambda: np.copyto(target, source)


def _file(folder: Path) -> Step:
    data = _noise(1 << 18).tobytes()
    return lambda: write_whole(folder / f"{time.monotonic_ns()}.bin", data)


def _warp(kind: type[Warper], options: BaseModel) -> Step:
    warper, noise = kind(options), _noise(WARPED_HZ)
    return lambda: warper.warp(noise, WARPED_HZ, 1.0, round(1.1 * WARPED_HZ))
