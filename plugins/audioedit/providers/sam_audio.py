"""Separation by SAM-Audio, which runs in an environment and a process of its own."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ....core.config import Config
from ....core.errors import PluginError
from . import sam_audio_worker
from .activity import resampled
from .contract import Clip, ProviderFailure, Separator, Signal, Spans
from .sam_audio_worker import read_message, write_message
from .warping import fitted

WORKER = Path(sam_audio_worker.__file__)
TAIL_BYTES = 2000


class SamAudioConfig(Config):
    """Options of the separator `sam_audio`."""

    how: ClassVar[frozenset[str]] = frozenset({"python", "batch", "timeout_s", "device"})
    """Options that change no result; they are in no fingerprint."""

    python: str = Field(
        min_length=1, description="The Python of the environment that SAM-Audio is installed in."
    )
    model: str = Field(
        default="facebook/sam-audio-large", description="Name on the hub (gated), or a folder."
    )
    revision: str | None = Field(default=None, description="Commit on the hub.")
    device: Literal["cuda", "cpu"] = Field(default="cuda", description="Where it runs.")
    dtype: Literal["float32", "bfloat16"] = Field(
        default="bfloat16", description="bfloat16 is autocast: weights stay as they are."
    )
    batch: int = Field(default=8, gt=0, description="Clips at a time; halved where memory lacks.")
    steps: int = Field(
        default=32, gt=1, multiple_of=2, description="Network calls of the midpoint solver."
    )
    rerank: int = Field(
        default=1, ge=1, le=16, description="Candidates, of which its rankers choose one."
    )
    load_rankers: bool = Field(
        default=False, description="Whether its rankers are loaded: many GB, needed by rerank."
    )
    predict_spans: bool = Field(
        default=False, description="Whether it looks for the sound's place before it separates."
    )
    timeout_s: float = Field(default=900.0, gt=0, description="Longest wait for one answer.")

    def model_post_init(self, context: Any) -> None:
        """Refuse several candidates with nothing to choose one of them."""
        del context
        if self.rerank > 1 and not self.load_rankers:
            raise ValueError("rerank above 1 needs load_rankers: true")


class SamAudioSeparator(Separator):
    """Asks a worker process; spans of the label become positive anchors (spec section 3.2).

    What it returns is generated: target and residual do not add up exactly to the clip. Noise is
    drawn per item from its seed, so that no result depends on the batch.
    """

    config = SamAudioConfig
    options: SamAudioConfig
    licence = "SAM License (code and weights): https://github.com/facebookresearch/sam-audio"
    needs = ("gpu", "sam_audio")

    def check(self) -> None:
        """Raise PluginError unless the environment has SAM-Audio, and not PyPI's placeholder."""
        self.installed()

    def installed(self) -> dict[str, str]:
        """Return version and commit of what the worker found."""
        values, _ = self._ask({"do": "hello"}, ())
        return {name: str(values[name]) for name in ("version", "commit")}

    def tool_version(self) -> str:
        """Return version and commit, for records."""
        found = self.installed()
        return f"{found['version']} {found['commit']}".strip()

    def facts(self) -> list[Any]:
        """Return what changes results, but for the class's name: place, batch and wait do not."""
        return super().facts()[1:]

    def separate(
        self,
        clips: Sequence[Clip],
        phrases: Sequence[str],
        spans: Sequence[Spans | None],
        seeds: Sequence[int],
    ) -> list[tuple[Signal, Signal]]:
        """Return (target, residual) of each clip, as long as it, at its rate.

        Raises:
            ProviderFailure: ``oom`` if not even one clip fits, ``separator`` if the worker ended,
                took too long, or could not do it.
            PluginError: if SAM-Audio is not installed there.
        """
        at_48k = [resampled(c.samples, c.sample_rate_hz, self.sample_rate_hz) for c in clips]
        items = list(zip(at_48k, phrases, spans, seeds, strict=True))
        size, done = self.options.batch, list[tuple[Signal, Signal]]()
        while len(done) < len(items):
            batch = items[len(done) : len(done) + size]
            try:
                done += self._batch(batch)
            except ProviderFailure as failure:
                if failure.reason != "oom" or size == 1:
                    raise
                size = max(1, len(batch) // 2)
        return [
            (self._back(target, clip), self._back(residual, clip))
            for (target, residual), clip in zip(done, clips, strict=True)
        ]

    def _batch(self, items: Sequence[tuple[Signal, str, Any, int]]) -> list[tuple[Signal, Signal]]:
        samples, phrases, spans, seeds = zip(*items, strict=True)
        request = {
            "do": "separate",
            "options": self.options.model_dump(mode="json", exclude={"python", "batch"}),
            "phrases": phrases,
            "spans": spans,
            "seeds": seeds,
        }
        _, parts = self._ask(request, samples)
        return list(zip(parts[::2], parts[1::2], strict=True))

    def _back(self, part: Signal, clip: Clip) -> Signal:
        return fitted(resampled(part, self.sample_rate_hz, clip.sample_rate_hz), len(clip.samples))

    def _ask(
        self, request: dict[str, Any], arrays: Sequence[Signal]
    ) -> tuple[dict[str, Any], list[NDArray[np.float32]]]:
        worker = self._running()
        answer = worker.ask(request, arrays, self.options.timeout_s)
        if answer is None:
            del self._worker
            raise ProviderFailure(f"SAM-Audio's process ended: {worker.said()}", reason="separator")
        values, parts = answer
        match values.get("error"):
            case None:
                return values, parts
            case "unusable":
                raise PluginError(f"Separator 'sam_audio': {values['said']}")
            case "oom":
                raise ProviderFailure(f"SAM-Audio: {values['said']}", reason="oom")
            case _:
                raise ProviderFailure(f"SAM-Audio: {values['said']}", reason="separator")

    def _running(self) -> _Worker:
        if not hasattr(self, "_worker"):
            self._worker = _Worker(self.options.python)
        return self._worker


class _Worker:
    """A running process; it ends with this object."""

    def __init__(self, python: str) -> None:
        self.stderr: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        try:
            self.process = subprocess.Popen(  # noqa: S603 - the user's interpreter, our script
                [python, "-P", str(WORKER)],  # its folder is not to be imported from
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.stderr,
            )
        except OSError as failure:
            raise PluginError(
                f"Separator 'sam_audio' cannot start '{python}' ({failure}). Set the option "
                "'python' to the interpreter of the environment that SAM-Audio is installed in."
            ) from None
        self._close = weakref.finalize(self, _end, self.process)

    def ask(
        self, request: dict[str, Any], arrays: Sequence[Signal], timeout_s: float
    ) -> tuple[dict[str, Any], list[NDArray[np.float32]]] | None:
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
