"""What a training run leaves behind, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainOutcome:
    """The end of a run.

    Attributes:
        run_dir: folder of the run.
        status: ``"finished"`` or ``"stopped"`` (a signal asked for it).
        step: optimiser steps taken.
        loss: loss of the last step; `None` when no step was taken.
        checkpoint: the latest checkpoint.
        seconds: seconds of training, those before a resume included.
        features_reused: features of frozen networks that came from the cache.
        features_computed: features that the networks were run for, where a cache could keep them.
    """

    run_dir: Path
    status: str
    step: int
    loss: float | None
    checkpoint: Path | None
    seconds: float
    features_reused: int = 0
    features_computed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "run": str(self.run_dir),
            "status": self.status,
            "step": self.step,
            "loss": self.loss,
            "checkpoint": None if self.checkpoint is None else str(self.checkpoint),
            "seconds": self.seconds,
            "features_reused": self.features_reused,
            "features_computed": self.features_computed,
        }

    def describe(self) -> str:
        """Return a sentence for the terminal."""
        loss = "" if self.loss is None else f", loss {self.loss:.4f}"
        again = " Go on with --resume." if self.status == "stopped" else ""
        return (
            f"{self.status} at step {self.step}{loss}; model in {self.run_dir}."
            f"{self._features()}{again}"
        )

    def _features(self) -> str:
        total = self.features_reused + self.features_computed
        share = f" {self.features_reused} of {total} features came from the cache."
        return share if total else ""
