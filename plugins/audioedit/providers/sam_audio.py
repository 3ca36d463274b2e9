"""Separation by SAM-Audio, which runs in an environment and a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from ....core.config import Config
from .activity import resampled
from .contract import Clip, Separator, Signal, Spans
from .out_of_process import OtherEnvironment, in_batches
from .warping import fitted


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

    @cached_property
    def _elsewhere(self) -> OtherEnvironment:
        return OtherEnvironment(
            self.options.python,
            "sam_audio",
            who="Separator 'sam_audio'",
            model="SAM-Audio",
            reason="separator",
        )

    def check(self) -> None:
        """Raise PluginError unless the environment has SAM-Audio, and not PyPI's placeholder."""
        self.installed()

    def installed(self) -> dict[str, str]:
        """Return version and commit of what the worker found."""
        return self._elsewhere.installed(self.options.timeout_s)

    def tool_version(self) -> str:
        """Return version and commit, for records."""
        found = self.installed()
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
        parts = in_batches(items, self.options.batch, self._batch)
        return [
            (self._back(target, clip), self._back(residual, clip))
            for (target, residual), clip in zip(parts, clips, strict=True)
        ]

    def _batch(self, items: Sequence[tuple[Signal, str, Any, int]]) -> list[tuple[Signal, Signal]]:
        samples, phrases, spans, seeds = zip(*items, strict=True)
        request = {
            "do": "work",
            "options": self._told(),
            "phrases": phrases,
            "spans": spans,
            "seeds": seeds,
        }
        _, parts = self._elsewhere.ask(request, samples, timeout_s=self.options.timeout_s)
        return list(zip(parts[::2], parts[1::2], strict=True))

    def _told(self) -> dict[str, Any]:
        return self.options.model_dump(mode="json", exclude={"python", "batch"})

    def _back(self, part: Signal, clip: Clip) -> Signal:
        return fitted(resampled(part, self.sample_rate_hz, clip.sample_rate_hz), len(clip.samples))
