"""Fréchet distances of what a network hears: FAD on VGGish, FD on PANNs, or any other."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.embedding_metric import Side
from ...core.errors import ConfigError, DataError
from ..statistics.clip_groups import GroupedGaussian, frechet_floor, frechet_interval
from ..statistics.frechet import frechet_distance
from .network_config import FadConfig, FrechetDistanceConfig
from .outputs import Rows
from .sets import SetMetric

QUICK_WIDTH = 512
"""Up to so many values of a vector, eleven distances from moments take seconds."""


class FrechetDistance(SetMetric):
    """Squared Fréchet distance of two Gaussians, over the vectors of all clips of each side.

    Exact whatever the rank (`statistics.frechet`). Its bias falls with the number of vectors,
    so it compares only at equal numbers; ``details`` has them, and the ``floor``, which is what
    two halves of the reference are apart, brought to these numbers. The interval leaves out one
    tenth of the clips after another, ten distances more; see option ``interval``. Takes memory
    for D² numbers in each of ten groups of clips, however many there are.

    Source: Heusel et al. 2017, eq. 6; Kilgour et al. 2019, "Fréchet Audio Distance".
    """

    name = "frechet_distance"
    unit = "1"
    direction = "lower"
    config_model: ClassVar[type[BaseModel]] = FrechetDistanceConfig
    config: FadConfig

    def take(self, side: Side, row: str, rows: Rows) -> None:
        """Take in the vectors (P, D) of one clip."""
        if self._sides[side] is None:
            self._sides[side] = GroupedGaussian(rows.shape[1])
        self._of(side).add(row or f"#{len(self._seen[side])}", rows)

    def absorb(self, other: FrechetDistance) -> None:
        """Take in the statistics of other clips.

        Raises:
            ConfigError: if some clips are the same: they cannot be taken out of a sum again.
        """
        for side in self.hears:
            twice = (self._known[side] & other._known[side]) - {0}
            if twice:
                raise ConfigError(
                    f"Metric '{self.name}' got {len(twice)} {side} clips from two processes; "
                    "expected each clip from one. Share the clips without padding."
                )
            theirs = other._sides[side]
            if theirs is not None and self._sides[side] is None:
                self._sides[side] = GroupedGaussian(theirs.width)
            if theirs is not None:
                self._of(side).merge(theirs)

    def clear(self) -> None:
        """Take in nothing so far."""
        self._sides: dict[str, GroupedGaussian | None] = dict.fromkeys(self.hears)

    def result(self) -> dict[str, Any]:
        """Return the distance with its interval, floor and numbers of vectors.

        Raises:
            DataError: for a side of one clip, or of fewer than two vectors.
        """
        self.check_more_than_one()
        generated, reference = self._of("generated"), self._of("reference")
        found = frechet_distance(generated.pooled(), reference.pooled())
        return {
            "value": found.value,
            "interval": (
                frechet_interval(generated, reference) if self._wants_interval() else None
            ),
            "flags": found.flags,
            "details": {
                "generated_vectors": found.n_generated,
                "reference_vectors": found.n_reference,
                "floor": frechet_floor(reference, found.n_generated),
            },
        }

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides the value; whether it has an interval does not."""
        found = super().fingerprint()
        options = {name: value for name, value in found["options"].items() if name != "interval"}
        return {**found, "options": options}

    def _wants_interval(self) -> bool:
        sides = [self._of(side) for side in self.hears]
        quick = any(side.count <= side.width or side.width <= QUICK_WIDTH for side in sides)
        wish = self.config.interval
        return wish == "always" or (wish == "auto" and quick)

    def _of(self, side: Side) -> GroupedGaussian:
        found = self._sides[side]
        if found is None:
            raise DataError(f"Got no {side} clip; expected some on each side.")
        return found


class Fad(FrechetDistance):
    """Fréchet Audio Distance: the same over the patches of all clips, on VGGish by default.

    Source: Kilgour et al. 2019, "Fréchet Audio Distance: A Reference-Free Metric for Evaluating
    Music Enhancement Algorithms".
    """

    name = "fad"
    config_model = FadConfig
