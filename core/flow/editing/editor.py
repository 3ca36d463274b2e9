"""The contract of an editor, over a flow model that is bound to the recordings to edit.

Shapes: B batch, R rows = K · B, C channels of sound, N samples, D latent width, T frames.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from torch import Tensor

from ..solvers import Solver, Velocity

Text = Literal["source", "target"]
"""Which description a velocity reads: that of the recording, or that of what it should become."""

OnStep = Callable[[int, float], None]


class FlowHandle(Protocol):
    """A flow model, bound to B recordings, their descriptions and their random numbers.

    All chance of a recording comes from its own generator, so that it is edited alone as it is
    in a batch.
    """

    @property
    def clips(self) -> Sequence[Tensor]:
        """Return the recordings, (C, N_i) float32 at the codec's rate."""
        ...

    @property
    def steps(self) -> int:
        """Return into how many steps the way from noise to data is divided."""
        ...

    @property
    def guidance_scale(self) -> float:
        """Return the scale of the target's guidance; 1 is none."""
        ...

    @property
    def on_step(self) -> OnStep | None:
        """Return who is told of every step: its number, from 1, and the t it reached."""
        ...

    def solver(self) -> Solver:
        """Return the integrator that was asked for."""
        ...

    def encode(self) -> Tensor:
        """Return the latents (B, D, T) of the recordings; zero beyond an item's frames."""
        ...

    def decode(self, latents: Tensor) -> list[Tensor]:
        """Return clips (C, N_i), as long as the recordings, of latents (B, D, T)."""
        ...

    def noise(self) -> Tensor:
        """Draw standard normal noise (B, D, T); zero beyond an item's frames."""
        ...

    def velocity(self, text: Text, scale: float) -> Velocity:
        """Return the velocity v = v_null + s (v_text − v_null) under a description.

        It takes z (R, D, T) and t (R,), where row k · B + b is of recording b, for any whole K.
        Call it inside `integrating` only.
        """
        ...

    def integrating(self) -> AbstractContextManager[None]:
        """Return the block in which velocities can be called."""
        ...


class Editor(abc.ABC):
    """Makes clips of recordings, with a model that nobody trained to edit.

    A subclass is a frozen dataclass of plain settings: editors that are equal share a batch.

    Attributes:
        name: as the task that uses it.
    """

    name: str

    @abc.abstractmethod
    def edit(self, flow: FlowHandle) -> list[Tensor]:
        """Return one clip (C, N_i) for each recording.

        Raises:
            RequestError: for settings that do not fit.
            SamplingError: if a step yields a non-finite value; names the step and t.
        """


class LatentEditor(Editor):
    """An editor that changes latents, between the codec's encoder and its decoder."""

    def edit(self, flow: FlowHandle) -> list[Tensor]:
        """Return the decoded latents of `edit_latents`."""
        z_0 = flow.encode()
        with flow.integrating():
            edited = self.edit_latents(flow, z_0)
        return flow.decode(edited)

    @abc.abstractmethod
    def edit_latents(self, flow: FlowHandle, z_0: Tensor) -> Tensor:
        """Return edited latents, shaped like ``z_0`` (B, D, T)."""
