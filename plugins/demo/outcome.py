"""What a demo leaves behind, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .comparison import Measurement


@dataclass(frozen=True)
class DemoOutcome:
    """What the demo made.

    Attributes:
        page: the page to listen to.
        run_dir: folder of the run.
        seconds: what it took in all.
        measurements: edits and prompts, beside their controls.
    """

    page: Path
    run_dir: Path
    seconds: float
    measurements: Sequence[Measurement]

    @property
    def mlflow_command(self) -> str:
        """Return the command that shows the run in MLflow."""
        return f"mlflow ui --backend-store-uri sqlite:///{self.run_dir.resolve()}/mlflow.db"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "page": str(self.page),
            "run": str(self.run_dir),
            "mlflow": self.mlflow_command,
            "seconds": self.seconds,
            "measurements": [
                {
                    "task": item.task,
                    "chance": item.chance,
                    "ours": item.ours.to_dict(),
                    "controls": {name: c.to_dict() for name, c in item.controls.items()},
                }
                for item in self.measurements
            ],
        }
