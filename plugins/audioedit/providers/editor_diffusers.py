"""Turns one sound into another with AudioLDM2, as ZETA's authors do, and undoes what that costs.

The model knows clips of mean 0 and peak 0.5 at 16 kHz. Mean and gain are taken off and given back;
what it cannot make, all above 8 kHz, is dealt with as the options say, because a model that is
trained on such pairs would learn that style transfer is a low-pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from ....core.config import Config
from ....core.errors import ConfigError
from .activity import resampled
from .audioldm2_files import AUDIOLDM2, load_audioldm2
from .contract import Clip, ProviderFailure, Refusal, Signal
from .diffusers_model_editor import DiffusersModelEditor
from .lengths import as_long
from .opening import opened

if TYPE_CHECKING:
    from torch import Tensor

    from .audioldm2 import AudioLdm2, Level, Text
    from .ddpm_inversion import NoiseMaps


class DiffusersEditorConfig(Config):
    """Which model edits, and how."""

    bandwidth: Literal["transplant", "match_both", "reject"] = Field(
        description="What of the clip above 8 kHz, which the model cannot make: transplant puts "
        "the clip's own there; match_both leaves it away, and both sides of the pair with it; "
        "reject refuses clips that have any."
    )
    model: str = Field(
        default="cvssp/audioldm2",
        min_length=1,
        description="Name on the hub, or a folder as diffusers saves it.",
    )
    revision: str | None = Field(default=None, description="Commit or branch on the hub.")
    download: bool = Field(default=False, description="Whether it may be fetched from the hub.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")
    steps: int = Field(default=200, gt=0, le=1000, description="Steps from noise to data.")
    guidance_scale: float = Field(default=12.0, ge=0, description="Of the target's text.")
    source_guidance_scale: float = Field(
        default=3.0, ge=0, description="Of the source's text, while inverting."
    )
    keep_last: bool = Field(
        default=True,
        description="Keep what remains at the last step, without which no clip comes back; the "
        "published code leaves it out.",
    )
    strengths: tuple[float, ...] = Field(
        default=(0.5, 0.6, 0.7),
        min_length=1,
        description="Shares of the steps to edit from, the weakest first.",
    )
    together: int = Field(default=8, ge=1, description="Steps inverted at a time.")
    reject_above_db: float = Field(
        default=-30.0, description="Under reject: most energy above 8 kHz, next to all of it."
    )


@dataclass(frozen=True)
class Inverted:
    """An inverted clip.

    Attributes:
        maps: its noise maps.
        level: what was taken off, to be given back.
        clip: what was inverted.
    """

    maps: NoiseMaps
    level: Level
    clip: Clip


class DiffusersEditor(DiffusersModelEditor):
    """Edits with AudioLDM2; 16 kHz inside, the clip's rate outside."""

    config = DiffusersEditorConfig
    licence = (
        "Code: Apache-2.0, as diffusers'. Weights of AudioLDM2: share-alike, and edits with them; "
        "read the card for what it says of commercial use: https://huggingface.co/cvssp/audioldm2"
    )
    files = AUDIOLDM2
    options: DiffusersEditorConfig

    def limits_hz(self) -> float | None:
        """Return 8000 if edits have nothing above, so that the other side must not either."""
        from .audioldm2 import BANDWIDTH_HZ

        return BANDWIDTH_HZ if self.options.bandwidth == "match_both" else None

    @cached_property
    def backbone(self) -> AudioLdm2:
        """Return the model, loaded the first time."""
        return opened(lambda: load_audioldm2(self.options))

    def invert(self, clip: Clip, source_text: str, seed: int) -> Inverted | Refusal:
        """Return the noise maps of a clip under its description, or that it may not be edited.

        Raises:
            ProviderFailure: if a step is not finite.
        """
        import torch

        from . import ddpm_inversion
        from .audioldm2 import RATE_HZ, Level

        low = resampled(clip.samples, clip.sample_rate_hz, RATE_HZ)
        if self.options.bandwidth == "reject":
            above = _share_db(self._above(clip, low), clip.samples)
            if above > self.options.reject_above_db:
                return Refusal("bandwidth", f"{above:.1f} dB of its energy is above 8 kHz.")
        level, generator = Level.of(low), torch.Generator().manual_seed(seed)
        with torch.no_grad():
            x_0 = self.backbone.encode(level.taken_from(low))

            def draw() -> Tensor:
                return torch.randn(x_0.shape, generator=generator).to(x_0)

            points = self.backbone.points(self.options.steps)
            maps = ddpm_inversion.invert(
                self._predict(source_text, self.options.source_guidance_scale),
                x_0,
                draw,
                points[-1 - self.steps_of(self.options.strengths[-1]) :],
                keep_last=self.options.keep_last,
                together=self.options.together,
            )
        if not all(bool(torch.isfinite(one).all()) for one in maps.maps):
            raise ProviderFailure("A noise map is not finite.", retryable=False, reason="editor")
        return Inverted(maps, level, clip)

    def apply(self, inverted: Any, target_text: str, strength: float) -> Signal:
        """Return the clip (N,) made from its maps under another description, at its own gain.

        Raises:
            ProviderFailure: if the result is not finite.
        """
        import torch

        from . import ddpm_inversion
        from .audioldm2 import RATE_HZ

        clip, steps = inverted.clip, self.steps_of(strength)
        if steps > len(inverted.maps.maps):
            raise ConfigError(f"Strength {strength} is beyond the strongest, {self.strengths()}.")
        low = resampled(clip.samples, clip.sample_rate_hz, RATE_HZ)
        with torch.no_grad():
            predict = self._predict(target_text, self.options.guidance_scale)
            latents = ddpm_inversion.apply(predict, inverted.maps.last(steps))
            made = self.backbone.decode(latents, len(low))
        if not bool(np.isfinite(made).all()):
            raise ProviderFailure("The edit is not finite.", retryable=False, reason="editor")
        edit = resampled(inverted.level.given_back_to(made), RATE_HZ, clip.sample_rate_hz)
        edit = as_long(edit, len(clip.samples))
        if self.options.bandwidth == "transplant":
            edit = (edit + self._above(clip, low)).astype(np.float32)
        return edit

    def _above(self, clip: Clip, low: Signal) -> Signal:
        """Return what of a clip (N,) is above 8 kHz."""
        from .audioldm2 import RATE_HZ

        below = as_long(resampled(low, RATE_HZ, clip.sample_rate_hz), len(clip.samples))
        return (clip.samples - below).astype(np.float32)

    def _predict(self, words: str, scale: float) -> Any:
        text, null = self._text(words), self._text("")
        return partial(self.backbone.noise, text=text, null=null, scale=scale)

    def _text(self, words: str) -> Text:
        return self.backbone.text(words)


def _share_db(part: Signal, whole: Signal) -> float:
    """Return the energy of a part next to the whole's, in dB."""
    all_of_it = float(np.square(whole, dtype=np.float64).sum())
    own = float(np.square(part, dtype=np.float64).sum())
    return 10 * float(np.log10(max(own, 1e-20) / all_of_it)) if all_of_it > 0 else -200.0
