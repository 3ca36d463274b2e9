"""Settings of sampling, shared by recipes and requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from ..config import Config


class SamplingConfig(Config):
    """How the flow is integrated (paper section 5.1: 100 steps, guidance 6)."""

    solver: str = Field(default="euler", description="Name of a registered solver.")
    steps: int = Field(default=100, gt=0, description="Solver steps.")
    guidance_scale: float = Field(default=6.0, ge=0, description="1 is no guidance.")
    guidance_by_task: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict,
        description="Scale of some tasks, by name, where it should be another: what makes a prompt "
        "clear can overdraw an edit.",
    )
    noise_device: Literal["cpu", "model"] = Field(
        default="cpu",
        description="Where noise is drawn: on the CPU a seed means the same everywhere; on the "
        "model's device it means what it does in the published implementation.",
    )

    def of(self, task: str, own: Mapping[str, Any] | None = None) -> SamplingConfig:
        """Return the settings of one task.

        Args:
            task: its name; where ``guidance_by_task`` has it, that is its scale.
            own: what the task has in place of these settings, see `TaskSpec.sampling`.
        """
        given = own or {}
        scale = given.get("guidance_scale", self.guidance_scale)
        chosen = {"guidance_scale": self.guidance_by_task.get(task, scale), "guidance_by_task": {}}
        return SamplingConfig.model_validate({**self.model_dump(), **given, **chosen})
