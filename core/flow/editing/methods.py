"""The editors: what each method of editing asks of a flow model. Shapes: B, D, T: see `editor`."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from . import edit_friendly, ode_inversion
from .edit_friendly import NoiseMaps
from .editor import FlowHandle, LatentEditor
from .flow_edit import flow_edit
from .grid import edit_grid
from .sdedit import sdedit

T_START = 0.73
"""As much noise as step 100 of 200 of AudioLDM's schedule has; to be calibrated on real data."""


@dataclass(frozen=True)
class SdEdit(LatentEditor):
    """Noises the recording to ``t_start`` and generates from there under the target's text."""

    t_start: float = T_START
    name = "sdedit"

    def edit_latents(self, flow: FlowHandle, z_0: Tensor) -> Tensor:
        """Return latents (B, D, T) made from noised ones."""
        return sdedit(
            flow.velocity("target", flow.guidance_scale),
            z_0,
            flow.noise(),
            flow.solver(),
            t_start=self.t_start,
            steps=flow.steps,
            on_step=flow.on_step,
        )


@dataclass(frozen=True)
class OdeInversion(LatentEditor):
    """Integrates up under the source's text without guidance, and down under the target's."""

    t_start: float = T_START
    name = "ode_inversion"

    def edit_latents(self, flow: FlowHandle, z_0: Tensor) -> Tensor:
        """Return latents (B, D, T) that were taken up to t_s and down again."""
        noised = ode_inversion.invert(
            flow.velocity("source", 1.0),
            z_0,
            flow.solver(),
            t_start=self.t_start,
            steps=flow.steps,
            on_step=flow.on_step,
        )
        taken = len(edit_grid(flow.steps, self.t_start)) - 1
        down = flow.velocity("target", flow.guidance_scale)
        return flow.solver().integrate(down, noised, taken, flow.on_step, t_max=self.t_start)


@dataclass(frozen=True)
class EditFriendlyInversion(LatentEditor):
    """Keeps a noise map for every step, and draws them again under the target's text.

    Attributes:
        t_start: t_s, where editing begins.
        source_guidance_scale: of the source's text while inverting.
        keep_last: keep what remains at t = 0.
    """

    t_start: float = T_START
    source_guidance_scale: float = 1.0
    keep_last: bool = True
    name = "edit_friendly_inversion"

    def edit_latents(self, flow: FlowHandle, z_0: Tensor) -> Tensor:
        """Return latents (B, D, T) made from the maps of a recording."""
        return self.apply(flow, self.invert(flow, z_0))

    def invert(self, flow: FlowHandle, z_0: Tensor) -> NoiseMaps:
        """Return the maps of recordings (B, D, T); they serve any number of target texts."""
        return edit_friendly.invert(
            flow.velocity("source", self.source_guidance_scale),
            z_0,
            flow.noise,
            edit_grid(flow.steps, self.t_start),
            keep_last=self.keep_last,
        )

    def apply(self, flow: FlowHandle, inverted: NoiseMaps) -> Tensor:
        """Return latents (B, D, T) made from maps under the target's text."""
        velocity = flow.velocity("target", flow.guidance_scale)
        return edit_friendly.apply(velocity, inverted, flow.on_step)


@dataclass(frozen=True)
class FlowEdit(LatentEditor):
    """Follows the difference of the velocities of both texts.

    Attributes:
        t_start: t_s, where editing begins.
        source_guidance_scale: of the source's text.
        draws: noises at each time, whose mean is followed.
    """

    t_start: float = T_START
    source_guidance_scale: float = 1.0
    draws: int = 1
    name = "flow_edit"

    def edit_latents(self, flow: FlowHandle, z_0: Tensor) -> Tensor:
        """Return latents (B, D, T) that were moved from the recording's."""
        return flow_edit(
            flow.velocity("source", self.source_guidance_scale),
            flow.velocity("target", flow.guidance_scale),
            z_0,
            flow.noise,
            edit_grid(flow.steps, self.t_start),
            draws=self.draws,
            on_step=flow.on_step,
        )
