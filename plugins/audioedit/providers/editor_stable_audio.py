"""Turns one sound into another with Stable Audio Open, by edit-friendly inversion at 44.1 kHz.

Its v-prediction is brought into the form of a rectified flow, which is exact, so that the same
mathematics serves it and our own models. Source: Audio-Omni, section 3 (ZETA); settings are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ....core.errors import SamplingError
from .activity import resampled
from .contract import Clip, ProviderFailure, Signal
from .diffusers_model_editor import DiffusersModelEditor
from .lengths import as_long
from .opening import opened
from .stable_audio_files import STABLE_AUDIO, load_stable_audio
from .stepped_editor import FlowSteps

if TYPE_CHECKING:
    from .noise_maps import Mapped
    from .stable_audio import StableAudio
    from .stable_audio_flow import StableAudioFlow


class StableAudioEditorConfig(FlowSteps):
    """Which model edits, and how."""

    model: str = Field(
        default="stabilityai/stable-audio-open-1.0",
        min_length=1,
        description="Name on the hub, or a folder as diffusers saves it.",
    )
    revision: str | None = Field(default=None, description="Commit or branch on the hub.")
    download: bool = Field(default=False, description="Whether it may be fetched from the hub.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")


@dataclass(frozen=True)
class Inverted:
    """A clip inverted from the strongest setting on.

    Attributes:
        flow: the model, bound to the clip.
        mapped: its noise maps.
        clip: what was inverted.
    """

    flow: StableAudioFlow
    mapped: Mapped
    clip: Clip


class StableAudioEditor(DiffusersModelEditor):
    """Edits at the model's own rate and bandwidth; a clip is not filled up to the whole window."""

    config = StableAudioEditorConfig
    licence = (
        "Code: Apache-2.0, as diffusers'. Weights and edits: Stability AI Community License, which "
        "limits commercial use: https://huggingface.co/stabilityai/stable-audio-open-1.0"
    )
    files = STABLE_AUDIO
    shares = "times"
    options: StableAudioEditorConfig

    @cached_property
    def backbone(self) -> StableAudio:
        """Return the model, loaded the first time."""
        return opened(lambda: load_stable_audio(self.options))

    def invert(self, clip: Clip, source_text: str, seed: int) -> Inverted:
        """Return the noise maps of a clip under its description.

        Raises:
            ProviderFailure: if the clip is longer than the model's, or a step is not finite.
        """
        from ....core.flow.editing.grid import edit_grid
        from .noise_maps import mapped
        from .stable_audio_flow import StableAudioFlow

        options = self.options
        samples = resampled(clip.samples, clip.sample_rate_hz, self.backbone.rate_hz)
        self._check_length(len(samples) / self.backbone.rate_hz)
        flow = StableAudioFlow(
            self.backbone,
            samples,
            (source_text, source_text),
            seed=seed,
            steps=options.steps,
            guidance_scale=options.guidance_scale,
        )
        grid = edit_grid(options.steps, self.strengths()[-1])
        scale, keep_last = options.source_guidance_scale, options.keep_last
        try:
            found = mapped(flow, grid, scale=scale, keep_last=keep_last)
        except SamplingError as failure:
            raise ProviderFailure(str(failure), retryable=False, reason="editor") from None
        return Inverted(flow, found, clip)

    def apply(self, inverted: Any, target_text: str, strength: float) -> Signal:
        """Return the clip (N,) made from its maps under another description.

        Raises:
            ProviderFailure: if a step or the result is not finite.
        """
        import torch

        from .noise_maps import applied

        part = inverted.mapped.last(self.steps_of(strength))
        try:
            (made,) = applied(inverted.flow.retold(target_text), part)
        except SamplingError as failure:
            raise ProviderFailure(str(failure), retryable=False, reason="editor") from None
        if not bool(torch.isfinite(made).all()):
            raise ProviderFailure("The edit is not finite.", retryable=False, reason="editor")
        clip = inverted.clip
        back = resampled(made[0].numpy(), self.backbone.rate_hz, clip.sample_rate_hz)
        return as_long(back, len(clip.samples))

    def _check_length(self, seconds: float) -> None:
        most = self.backbone.seconds_at_most()
        if seconds > most:
            raise ProviderFailure(
                f"A clip of {seconds:.1f} s is longer than the model's {most:.1f} s. Cut it.",
                retryable=False,
                reason="editor",
            )
