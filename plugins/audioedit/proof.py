"""What reading a shard again tells of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Proof:
    """What was found of one pair of a shard.

    Attributes:
        shard: the archive.
        id: of the pair; empty for what is true of the whole archive.
        fault: what is wrong; `None` where all is well.
    """

    shard: Path
    id: str
    fault: str | None

    @property
    def name(self) -> str:
        """Return what messages call the archive: with its folder where that tells latents apart."""
        folder = self.shard.parent.name
        return f"{folder}/{self.shard.name}" if folder.startswith("latents-") else self.shard.name


def proven(proofs: Sequence[Proof]) -> str:
    """Return how many of some pairs are well, as in ``3 of 4``."""
    pairs = [proof for proof in proofs if proof.id]
    return f"{sum(proof.fault is None for proof in pairs)} of {len(pairs)}"
