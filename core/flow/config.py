"""Settings of sampling, shared by recipes and requests."""

from __future__ import annotations

from typing import Annotated, Literal

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

    def of(self, task: str) -> SamplingConfig:
        """Return the settings of one task, by its name: its own scale, if it has one."""
        scale = self.guidance_by_task.get(task, self.guidance_scale)
        return self.model_copy(update={"guidance_scale": scale, "guidance_by_task": {}})
