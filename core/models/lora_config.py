"""Options of low-rank adapters; free of torch."""

from __future__ import annotations

from pydantic import Field

from ..config import Config

ATTENTION_AND_FEEDFORWARD = ("to_qkv", "to_q", "to_kv", "to_out", "ff.0.proj", "ff.2")


class LoraConfig(Config):
    """Which layers of the transformer get an adapter, and how large it is."""

    rank: int = Field(gt=0, description="Rank R of an adapter.")
    alpha: float | None = Field(
        default=None, gt=0, description="An adapter counts alpha / rank; left out: once."
    )
    targets: list[str] = Field(
        default=list(ATTENTION_AND_FEEDFORWARD),
        min_length=1,
        description="Ends of the names of the transformer's linear layers that get one.",
    )

    @property
    def scale(self) -> float:
        """Return what an adapter's product is multiplied by."""
        return 1.0 if self.alpha is None else self.alpha / self.rank
