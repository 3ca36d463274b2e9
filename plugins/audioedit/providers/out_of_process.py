"""Work that is done in another environment, by a process that speaks over pipes.

Some models need packages that do not go together with ours. Their provider names the Python of an
environment that has them, and asks a worker there (`worker`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from ....core.errors import PluginError
from .contract import ProviderFailure, Signal
from .worker import start
from .worker.messages import read_message, write_message

START = Path(start.__file__)
TAIL_BYTES = 2000

Answer = tuple[dict[str, Any], list[NDArray[np.float32]]]
ItemT = TypeVar("ItemT")
MadeT = TypeVar("MadeT")


class OtherEnvironment:
    """A worker in another environment: started when it is first asked, and again after it ended."""

    def __init__(self, python: str | None, tool: str, *, who: str, model: str, reason: str) -> None:
        """Start nothing yet.

        Args:
            python: interpreter of the environment; `None` for this one.
            tool: what of the worker is asked, see `worker.serving`.
            who: the provider, for messages: ``Separator 'sam_audio'``.
            model: what works there, for messages.
            reason: code of failures other than a lack of memory.
        """
        self._python, self._tool = python or sys.executable, tool
        self._who, self._model, self._reason = who, model, reason
        self._worker: _Worker | None = None

    def ask(
        self, request: dict[str, Any], arrays: Sequence[Signal] = (), *, timeout_s: float
    ) -> Answer:
        """Return what the worker answers, loading the tool first if need be.

        Raises:
            ProviderFailure: ``oom`` if memory lacks; with the provider's code if the worker ended,
                took too long, or could not do it.
            PluginError: if what is needed is not installed there; says what to install.
        """
        if self._worker is None:
            self._worker = _Worker(self._python, self._who, self._model)
        answer = self._worker.ask({"for": self._tool, **request}, arrays, timeout_s)
        if answer is None:
            said, self._worker = self._worker.said(), None
            raise ProviderFailure(f"{self._model}'s process ended: {said}", reason=self._reason)
        values, _ = answer
        match values.get("error"):
            case None:
                return answer
            case "unusable":
                raise PluginError(f"{self._who}: {values['said']}")
            case "oom":
                raise ProviderFailure(f"{self._model}: {values['said']}", reason="oom")
            case _:
                raise ProviderFailure(f"{self._model}: {values['said']}", reason=self._reason)

    def installed(self, timeout_s: float) -> dict[str, str]:
        """Return version and commit of what the worker found.

        Raises:
            PluginError: if it is missing, or not what is needed.
        """
        values, _ = self.ask({"do": "hello"}, timeout_s=timeout_s)
        return {name: str(values[name]) for name in ("version", "commit")}

    def weights_sha256(self, options: dict[str, Any], timeout_s: float) -> str:
        """Return the SHA-256 of the weights; they are fetched if they have to be, and not loaded.

        Args:
            options: what the tool is told, ``model`` among it.
            timeout_s: longest wait.

        Raises:
            PluginError: if they cannot be had; says why.
        """
        try:
            values, _ = self.ask({"do": "weights", "options": options}, timeout_s=timeout_s)
        except ProviderFailure as failure:
            raise PluginError(
                f"{self._who} has no weights ({failure}). Fetch '{options['model']}' first, or set "
                "'model' to its folder."
            ) from failure
        return str(values["sha256"])


def in_batches(
    items: Sequence[ItemT], size: int, work: Callable[[Sequence[ItemT]], list[MadeT]]
) -> list[MadeT]:
    """Return what is made of items, so many at a time; half as many where memory lacks.

    Raises:
        ProviderFailure: of ``work``; ``oom`` if not even one item fits.
    """
    done = list[MadeT]()
    while len(done) < len(items):
        batch = items[len(done) : len(done) + size]
        try:
            done += work(batch)
        except ProviderFailure as failure:
            if failure.reason != "oom" or size == 1:
                raise
            size = max(1, len(batch) // 2)
    return done


class _Worker:
    """A running process; it ends with this object."""

    def __init__(self, python: str, who: str, model: str) -> None:
        self.stderr: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        try:
            self.process = subprocess.Popen(  # noqa: S603 - the user's interpreter, our script
                [python, "-P", str(START)],  # its folder is not to be imported from
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.stderr,
            )
        except OSError as failure:
            raise PluginError(
                f"{who} cannot start '{python}' ({failure}). Set the option 'python' to the "
                f"interpreter of the environment that {model} is installed in."
            ) from None
        self._close = weakref.finalize(self, _end, self.process)

    def ask(
        self, request: dict[str, Any], arrays: Sequence[Signal], timeout_s: float
    ) -> Answer | None:
        """Return the answer, or `None` if the process ended or took too long."""
        assert self.process.stdin and self.process.stdout  # noqa: S101, PT018 - they are pipes
        watchdog = threading.Timer(timeout_s, self.process.kill)
        watchdog.start()
        try:
            write_message(self.process.stdin, request, arrays)  # type: ignore[arg-type]
            return read_message(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError):
            self._close()
            return None
        finally:
            watchdog.cancel()

    def said(self) -> str:
        """Return the end of what it wrote to its standard error."""
        size = self.stderr.seek(0, 2)
        self.stderr.seek(max(0, size - TAIL_BYTES))
        text = self.stderr.read().decode(errors="replace").strip()
        return text or f"it said nothing, and returned {self.process.returncode}"


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            continue
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
