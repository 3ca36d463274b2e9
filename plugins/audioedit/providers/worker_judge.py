"""Judges that work in an environment and a process of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from ....core.config import Config
from .activity import resampled
from .contract import Clip, Judge, Signal
from .out_of_process import OtherEnvironment, in_batches


class WorkerJudgeConfig(Config):
    """Options of judges of another environment."""

    how: ClassVar[frozenset[str]] = frozenset({"python", "timeout_s", "device"})
    """Options that change no result, but for rounding; they are in no fingerprint."""

    python: str | None = Field(
        default=None, min_length=1, description="The Python of the environment that it is "
        "installed in; left out: this one."
    )  # fmt: skip
    model: str = Field(min_length=1, description="Name on the hub, or a folder.")
    revision: str | None = Field(default=None, description="Commit or branch on the hub.")
    device: Literal["cuda", "cpu"] = Field(default="cuda", description="Where it runs.")
    batch: int = Field(
        default=1,
        gt=0,
        description="Clips at a time, halved where memory lacks. With 1 no score depends on other "
        "items; more is faster on CUDA and may change the last digits.",
    )
    timeout_s: float = Field(
        default=900.0, gt=0, description="Longest wait for one answer, fetching weights included."
    )


class WorkerJudge(Judge):
    """Asks a worker process for scores, and for the hash of its weights.

    Class attributes:
        called: name of the provider, and of the worker's tool.
        model_name: what works there, for messages.
        sample_rate_hz: what it hears.
    """

    options: WorkerJudgeConfig
    called: ClassVar[str]
    model_name: ClassVar[str]
    sample_rate_hz: ClassVar[int]

    @cached_property
    def _elsewhere(self) -> OtherEnvironment:
        return OtherEnvironment(
            self.options.python,
            self.called,
            who=f"Judge '{self.called}'",
            model=self.model_name,
            reason="judge",
        )

    def check(self) -> None:
        """Raise PluginError unless the environment has what it needs; loads no network."""
        self._elsewhere.installed(self.options.timeout_s)

    def tool_version(self) -> str:
        """Return version and commit, for records."""
        found = self._elsewhere.installed(self.options.timeout_s)
        return f"{found['version']} {found['commit']}".strip()

    def weights_sha256(self) -> str:
        """Return the SHA-256 of the weights; they are fetched if they have to be, and not loaded.

        Raises:
            PluginError: if they cannot be had; says why.
        """
        return self._weights

    @cached_property
    def _weights(self) -> str:
        return self._elsewhere.weights_sha256(self._told(), self.options.timeout_s)

    def judge(
        self, mixes: Sequence[Clip], parts: Sequence[Clip], phrases: Sequence[str]
    ) -> list[Mapping[str, float]]:
        """Return the scores of each part that was taken out of a mix for a phrase.

        Raises:
            ProviderFailure: ``oom`` if not even one item fits, ``judge`` if the worker ended, took
                too long, or could not do it.
            PluginError: if what it needs is not installed there, or the weights are others'.
        """
        pairs = zip(map(self._heard, mixes), map(self._heard, parts), phrases, strict=True)
        return in_batches(list(pairs), self.options.batch, self._batch)

    def _batch(self, items: Sequence[tuple[Signal, Signal, str]]) -> list[Mapping[str, float]]:
        request = {"do": "work", "options": self._told(), "phrases": [item[2] for item in items]}
        clips = [clip for item in items for clip in item[:2]]
        values, _ = self._elsewhere.ask(request, clips, timeout_s=self.options.timeout_s)
        scores: list[Mapping[str, float]] = values["scores"]
        return scores

    def _heard(self, clip: Clip) -> Signal:
        return resampled(clip.samples, clip.sample_rate_hz, self.sample_rate_hz)

    def _told(self) -> dict[str, Any]:
        return self.options.model_dump(mode="json", exclude={"python", "timeout_s", "batch"})
