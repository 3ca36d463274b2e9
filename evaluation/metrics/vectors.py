"""Metrics of sets that need every vector: KAD, FAD∞ and the inception score."""

from __future__ import annotations

from typing import Any

from ..statistics.frechet_infinity import (
    frechet_infinity,
    legacy_with_replacement,
    without_replacement,
)
from ..statistics.gaussian import Gaussian
from ..statistics.inception import inception_score
from ..statistics.kernel import kernel_audio_distance
from .network_config import FadInfinityConfig, InceptionScoreConfig, KadConfig
from .sets import RowsMetric


class Kad(RowsMetric):
    """Kernel audio distance: an unbiased maximum mean discrepancy, times 100.

    Honest at a hundred clips, where a Fréchet distance is mostly bias. It may be below zero.

    Source: Chung et al. 2025, "KAD: No More FAD!"; Gretton et al. 2012, eq. 3.
    """

    name = "kad"
    unit = "1"
    direction = "lower"
    config_model = KadConfig
    config: KadConfig

    def result(self) -> dict[str, Any]:
        """Return the distance with the interval of its U-statistic."""
        (generated, made), (reference, wanted) = self.side("generated"), self.side("reference")
        found = kernel_audio_distance(
            generated,
            reference,
            kernel=self.config.kernel,
            bandwidth_of=self.config.bandwidth_of,
            clips=(made, wanted),
        )
        numbers = {"generated_vectors": found.n_generated, "reference_vectors": found.n_reference}
        return {"value": found.value, "interval": found.interval, "flags": (), "details": numbers}


class FadInfinity(RowsMetric):
    """What a Fréchet distance would be with endlessly many generated clips: an intercept.

    Source: Gui et al. 2024, "Adapting Fréchet Audio Distance for Generative Music Evaluation".
    """

    name = "fad_infinity"
    unit = "1"
    direction = "lower"
    config_model = FadInfinityConfig
    config: FadInfinityConfig

    def result(self) -> dict[str, Any]:
        """Return the intercept; ``details`` has slope, R² and the sizes.

        Raises:
            DataError: for a side of one clip, or too few vectors for two sizes.
        """
        self.check_more_than_one()
        options = self.config
        draw = without_replacement if options.draw != "legacy" else legacy_with_replacement
        found = frechet_infinity(
            self.side("generated")[0],
            Gaussian.of(self.side("reference")[0], "reference embeddings"),
            draw(options.seed),
            steps=options.steps,
            min_n=options.min_n,
        )
        line = {"slope": found.slope, "r2": found.r2, "points": [list(p) for p in found.points]}
        return {"value": found.value, "interval": None, "flags": found.flags, "details": line}


class InceptionScore(RowsMetric):
    """How sure a tagger is of each clip, and how much the clips differ; needs no reference.

    It grows with the clips of a chunk, so it compares only at equal numbers. The deviation over
    chunks, in ``details``, is no interval.

    Source: Salimans et al. 2016, "Improved Techniques for Training GANs", section 4.
    """

    name = "inception_score"
    unit = "1"
    direction = "higher"
    config_model = InceptionScoreConfig
    config: InceptionScoreConfig
    hears = ("generated",)

    def result(self) -> dict[str, Any]:
        """Return the mean over chunks."""
        options = self.config
        found = inception_score(
            self.side("generated")[0],
            splits=options.splits,
            shuffle=options.shuffle,
            seed=options.seed,
        )
        spread = {"std_over_chunks": found.std}
        return {"value": found.value, "interval": None, "flags": found.flags, "details": spread}
