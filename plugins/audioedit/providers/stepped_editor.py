"""What editors have in common that invert a clip step by step and edit from some step on."""

from __future__ import annotations

from typing import ClassVar, Protocol

from pydantic import BaseModel, Field

from ....core.config import Config
from ....core.errors import ConfigError
from .contract import Editor


class Steps(Protocol):
    """Options of such an editor.

    Attributes:
        steps: from noise to data.
        strengths: shares of the steps to edit from, the weakest first.
    """

    @property
    def steps(self) -> int:  # noqa: D102
        ...

    @property
    def strengths(self) -> tuple[float, ...]:  # noqa: D102
        ...


class FlowSteps(Config):
    """Options of an editor with a rectified flow, by edit-friendly inversion."""

    how: ClassVar[frozenset[str]] = frozenset({"device"})
    """Options that change no result, but for rounding; they are in no fingerprint."""

    steps: int = Field(default=100, gt=0, description="Steps from noise to data.")
    guidance_scale: float = Field(default=6.0, ge=0, description="Of the target's text.")
    source_guidance_scale: float = Field(
        default=1.0, ge=0, description="Of the source's text, while inverting."
    )
    keep_last: bool = Field(
        default=True,
        description="Keep what remains at the last step, without which no clip comes back.",
    )
    strengths: tuple[float, ...] = Field(
        default=(0.73, 0.82, 0.89),
        min_length=1,
        description="Times t_s to edit from, the weakest first; as much noise as steps 100, 120 "
        "and 140 of 200 of AudioLDM's schedule have.",
    )


class SteppedEditor(Editor):
    """Edits from a share of its steps on.

    Class attribute ``shares`` is what the strengths are called in messages.
    """

    shares: ClassVar[str] = "shares"
    options: Steps  # type: ignore[assignment]  # a config that has them

    def __init__(self, options: BaseModel) -> None:
        """Keep the options; no model is loaded.

        Raises:
            ConfigError: if strengths do not rise within 0…1.
        """
        super().__init__(options)
        given = self.options.strengths
        if sorted(set(given)) != list(given) or not 0 < given[0] <= given[-1] <= 1:
            raise ConfigError(
                f"strengths {given}: expected {self.shares} above 0 and up to 1, the weakest first."
            )

    def strengths(self) -> tuple[float, ...]:
        """Return the strengths, brought to whole steps."""
        return tuple(self.steps_of(s) / self.options.steps for s in self.options.strengths)

    def steps_of(self, strength: float) -> int:
        """Return how many steps are edited at a strength: one at least."""
        return max(1, round(strength * self.options.steps))
