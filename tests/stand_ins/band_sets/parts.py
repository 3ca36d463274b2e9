"""What a third party would write: a set metric and one that reads captions."""

import numpy as np
import torch
from audio_omni import EmbeddingMetric, MetricResult, RequestError

from . import BandsConfig


class BandSets(EmbeddingMetric):
    """Distance of the mean energies of two sets of any sizes; two clips at least."""

    name, unit, direction = "band_sets", "1", "lower"
    config_model = BandsConfig

    def __init__(self, config=None, ear=None):
        super().__init__(config, ear)
        self.means = {"generated": {}, "reference": {}}

    def add(self, heard):
        for side, known in self.means.items():
            embedding = getattr(heard, side)
            if embedding is not None:
                known[heard.id] = embedding["embedding"].double().mean(dim=0).numpy()

    def compute(self):
        made, wanted = ([known[row] for row in sorted(known)] for known in self.means.values())
        if min(len(made), len(wanted)) < 2:
            raise RequestError("band_sets got one clip; expected two or more on each side.")
        distance = np.linalg.norm(np.mean(made, axis=0) - np.mean(wanted, axis=0))
        return MetricResult(
            name=self.name,
            value=float(distance),
            n=len(made),
            interval=None,
            unit=self.unit,
            direction=self.direction,
            fingerprint=self.fingerprint(),
            rows="x",
            details={"reference_clips": len(wanted)},
        )


class BandCaption(EmbeddingMetric):
    """Cosine of a clip and its caption."""

    name, unit, direction = "band_caption", "1", "higher"
    config_model = BandsConfig
    hears = ("generated",)
    reads = "caption"

    def score_heard(self, heard):
        made, text = (e["embedding"].mean(dim=0) for e in (heard.generated, heard.text))
        return float(torch.cosine_similarity(made, text, dim=0))
