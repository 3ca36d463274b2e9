"""Golden cases of av-bench: its whole evaluation on given features, and counts of segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..statistics.cosine import cosine_similarity
from ..statistics.divergence import kl_divergence
from ..statistics.frechet_peers import frechet_with_own_means
from ..statistics.inception import InceptionScore, inception_score
from ..statistics.pairing import pair_ids
from ..statistics.sync import (
    AUDIO_RATE_HZ,
    VIDEO_FPS,
    audio_segments,
    desync,
    offset_grid,
    video_segments,
)
from .cases import Case, Tolerance
from .comparison import Comparison


def check_av_bench(case: Case, comparison: Comparison) -> None:
    """Compare every metric that the case has features for, or how many segments a clip gives."""
    if case.has("duration_s"):
        _check_segments(case, comparison)
        return
    near = case.tolerance(default=Tolerance(1e-5, 1e-6))
    comparison.near("class_grid_seconds", offset_grid(), near)
    suite = _Suite(case)
    key = case.output_key("metrics")
    if key is not None:
        comparison.seen(key)
        for name, wanted in case.outputs[key].items():
            run = METRICS.get(name)
            if run is None:
                comparison.problems.append(f"metrics: no check for '{name}'")
            else:
                comparison.numbers(name, run(suite), wanted, near)
    for window in ("first", "last"):
        comparison.omit(f"sync_logits_{window}", "read as inputs of DeSync")


class _Suite:
    """Features of a case by name, generated ones also joined to the references by name."""

    def __init__(self, case: Case) -> None:
        self.case = case
        names = (
            [str(name) for name in case.input("generated_names_in_order")],
            [str(name) for name in case.input("reference_names_in_order")],
        )
        self.pairs = pair_ids(*names).pairs

    def frechet(self, features: str, reference: str) -> float:
        """Compare whole folders; patches of all clips are pooled."""
        sides = (self.case.array(f"pred_{features}"), self.case.array(f"gt_{reference}"))
        pooled = [side.reshape(-1, side.shape[-1]) for side in sides]
        return frechet_with_own_means(pooled[0], pooled[1])

    def joined(self, generated: str, reference: str) -> tuple[Any, Any]:
        rows = ([p.generated for p in self.pairs], [p.reference for p in self.pairs])
        return (
            self.case.array(f"pred_{generated}")[rows[0]],
            self.case.array(f"gt_{reference}")[rows[1]],
        )

    def kl(self, logits: str) -> float:
        return kl_divergence(*self.joined(logits, logits)).value

    def inception(self, logits: str) -> InceptionScore:
        return inception_score(self.case.array(f"pred_{logits}"))

    def cosine(self, generated: str, reference: str) -> float:
        return cosine_similarity(*self.joined(generated, reference)).value

    def desync(self) -> float:
        keys = [self.case.output_key(f"sync_logits_{window}") for window in ("first", "last")]
        first, last = (np.asarray(self.case.outputs[key or ""]) for key in keys)
        return desync(first, last).value


METRICS: Mapping[str, Callable[[_Suite], float]] = {
    "FD-VGG": lambda s: s.frechet("vggish_features", "vggish_features"),
    "FD-PANN": lambda s: s.frechet("pann_embedding", "pann_embedding"),
    "FD-PASST": lambda s: s.frechet("passt_features_embed", "passt_features_embed"),
    "KL-PANNS-softmax": lambda s: s.kl("pann_logits"),
    "KL-PASST-softmax": lambda s: s.kl("passt_logits"),
    "ISC-PANNS-mean": lambda s: s.inception("pann_logits").value,
    "ISC-PANNS-std": lambda s: s.inception("pann_logits").std,
    "ISC-PASST-mean": lambda s: s.inception("passt_logits").value,
    "ISC-PASST-std": lambda s: s.inception("passt_logits").std,
    "IB-Score": lambda s: s.cosine("imagebind_audio", "imagebind_video"),
    "DeSync": lambda s: s.desync(),
    "LAION-CLAP-Score": lambda s: s.cosine("clap_laion_audio", "clap_laion_text"),
    "MS-CLAP-Score": lambda s: s.cosine("clap_ms_audio", "clap_ms_text"),
}


def _check_segments(case: Case, comparison: Comparison) -> None:
    seconds = [float(value) for value in case.input("duration_s")]
    frames = [round(value * VIDEO_FPS) for value in seconds]
    samples = [round(value * AUDIO_RATE_HZ) for value in seconds]
    comparison.equal("video_frames_25fps", frames)
    comparison.equal("video_segments", [video_segments(count) for count in frames])
    comparison.equal("audio_segments", [audio_segments(count) for count in samples])
