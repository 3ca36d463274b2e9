"""Turns one sound into another with a flow model of ours, by edit-friendly inversion.

A clip is inverted once; its noise maps serve every text and every strength. Nothing is normalised
on the way in, so that the level of an edit is the model's own, at the clip's gain.

Source: Audio-Omni, section 3 (ZETA, Manor & Michaeli 2024, on the separated sound); the settings
are ours. Shapes: N samples, C channels, B = 1 batch, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ....core.errors import ConfigError, RequestError, SamplingError
from .activity import resampled
from .contract import Clip, ProviderFailure, Signal
from .lengths import as_long
from .opening import opened
from .stepped_editor import FlowSteps, SteppedEditor

if TYPE_CHECKING:
    from torch import Tensor

    from ....core.editing import Bound
    from ....core.flow.editing.edit_friendly import NoiseMaps
    from ....core.model_flow import ModelFlow
    from ....core.pipeline import Pipeline
    from .noise_maps import Mapped

TASK = "edit_friendly_inversion"
"""The task whose wording the texts enter the model with."""


class FlowEditorConfig(FlowSteps):
    """Which model edits, and how."""

    model: str = Field(
        min_length=1, description="Folder of a run, a checkpoint or an imported model."
    )
    device: str = Field(default="auto", description="CUDA where there is one, or a torch device.")
    texts_together: int = Field(
        default=4,
        ge=1,
        description="Descriptions that a clip is edited under at a time; changes the last digits.",
    )


@dataclass(frozen=True)
class Inverted:
    """A clip inverted from the strongest setting on.

    Attributes:
        flow: the model, bound to the clip.
        mapped: its noise maps.
        clip: what was inverted.
    """

    flow: ModelFlow
    mapped: Mapped
    clip: Clip


class FlowEditor(SteppedEditor):
    """Edits with a trained model of this framework, at the model's own rate and bandwidth."""

    config = FlowEditorConfig
    licence = (
        "Code: Apache-2.0. Weights and outputs: under the licence of the model that is named; see "
        "its card: https://huggingface.co/docs/hub/model-cards"
    )
    needs = ("gpu",)
    shares = "times"
    options: FlowEditorConfig

    def check(self) -> None:
        """Raise unless the model is at hand and makes sound; its weights are not read.

        Raises:
            ConfigError, CheckpointError: says what is missing.
        """
        from ....core.models.answering import COMPONENT
        from ....core.training.restorable import check_restorable

        options = self.options
        checkpoint = check_restorable(Path(options.model), self.place.catalog, options.device)
        if COMPONENT in checkpoint.hashes:
            raise self._silent()

    def facts(self) -> list[Any]:
        """Return what changes results, the checkpoint behind the name among it."""
        return [*super().facts(), self.weights_sha256()]

    def weights_sha256(self) -> str | None:
        """Return the hash of the checkpoint's weights, looked up once; `None` without any."""
        return self._weights

    @cached_property
    def _weights(self) -> str | None:
        return _digest(self.options.model)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Return the model with its wording, loaded the first time."""
        return opened(self._load)

    def _load(self) -> Pipeline:
        from ....core.models.audio_omni import AudioOmniModel
        from ....core.training.restore import restore_model

        pipeline = restore_model(Path(self.options.model), self.place.catalog, self.options.device)
        if not isinstance(pipeline.model, AudioOmniModel):
            raise self._silent()
        return pipeline

    def _silent(self) -> ConfigError:
        return ConfigError(
            f"Model '{Path(self.options.model).name}' makes no sound; expected one that text can "
            "be turned into sound with."
        )

    def invert(self, clip: Clip, source_text: str, seed: int) -> Inverted:
        """Return the noise maps of a clip under its description.

        Raises:
            ProviderFailure: if the clip is longer than the model's, or a step is not finite.
        """
        from ....core.editing import open_flow
        from ....core.flow.config import SamplingConfig
        from ....core.flow.editing.grid import edit_grid
        from .noise_maps import mapped

        options = self.options
        grid = edit_grid(options.steps, self.strengths()[-1])
        sampling = SamplingConfig(steps=options.steps, guidance_scale=options.guidance_scale)
        try:
            bound = self._bound(clip, source_text, source_text)
            flow = open_flow(self.pipeline, [bound], [seed], sampling)
            scale, keep_last = options.source_guidance_scale, options.keep_last
            found = mapped(flow, grid, scale=scale, keep_last=keep_last)
        except (RequestError, SamplingError) as failure:
            raise ProviderFailure(str(failure), retryable=False, reason="editor") from None
        return Inverted(flow, found, clip)

    def apply(self, inverted: Any, target_text: str, strength: float) -> Signal:
        """Return the clip (N,) made from its maps under another description.

        Raises:
            ProviderFailure: if a step or the result is not finite.
        """
        (made,) = self.apply_many(inverted, [target_text], strength)
        return made

    def apply_many(
        self, inverted: Any, target_texts: Sequence[str], strength: float
    ) -> list[Signal]:
        """Return the clip (N,) made from its maps under each description, several at a time.

        Raises:
            ProviderFailure: if a step or a result is not finite.
        """
        part = inverted.mapped.last(self.steps_of(strength))
        size = self.options.texts_together
        return [
            edit
            for begin in range(0, len(target_texts), size)
            for edit in self._edits(inverted, target_texts[begin : begin + size], part)
        ]

    def _edits(self, inverted: Inverted, texts: Sequence[str], part: NoiseMaps) -> list[Signal]:
        """Return the clip made from its last maps under each of some descriptions, in one batch."""
        from .noise_maps import applied, repeated

        try:
            bound = [self._bound(inverted.clip, text, text).target for text in texts]
            made = applied(inverted.flow.retold(bound), repeated(part, len(texts)))
        except (RequestError, SamplingError) as failure:
            raise ProviderFailure(str(failure), retryable=False, reason="editor") from None
        return [self._as_clip(sound, inverted.clip) for sound in made]

    def _as_clip(self, sound: Tensor, clip: Clip) -> Signal:
        """Return a sound (C, N) of the model at a clip's rate, length, and one channel."""
        import torch

        mono = sound.float().mean(dim=0).cpu()
        if not bool(torch.isfinite(mono).all()):
            raise ProviderFailure("The edit is not finite.", retryable=False, reason="editor")
        rate = self.pipeline.model.geometry.sample_rate_hz
        return as_long(resampled(mono.numpy(), rate, clip.sample_rate_hz), len(clip.samples))

    def _bound(self, clip: Clip, source_text: str, target_text: str) -> Bound:
        import torch

        from ....core.editing import bind
        from ....core.media.waveform import Waveform

        sound = Waveform(torch.from_numpy(clip.samples.copy())[None], clip.sample_rate_hz)
        texts = {"source_caption": source_text, "target_caption": target_text}
        (example,) = self.pipeline.examples(TASK, [{"source_audio": sound, **texts}])
        return bind(self.pipeline, example)


def _digest(model: str) -> str | None:
    """Return the hash of the checkpoint's weights; `None` where there is none yet."""
    from ....core.errors import CheckpointError
    from ....core.training.checkpoint import load_checkpoint

    try:
        return load_checkpoint(Path(model)).digest
    except CheckpointError:
        return None
