"""Golden cases from waveforms to FAD, FD, KL and the inception score."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from ..embedders.vggish_front_end import log_mel_patches
from ..statistics.divergence import PEER_EPSILON, kl_divergence
from ..statistics.frechet import frechet_distance
from ..statistics.frechet_peers import frechet_with_own_means
from ..statistics.gaussian import Gaussian
from ..statistics.inception import inception_score
from .cases import Case, Tolerance
from .comparison import Comparison
from .network_cases import cnn14_of, vggish_of


def check_suite(case: Case, comparison: Comparison) -> None:
    """Compare every score of two folders of waveforms, taken as they are."""
    sides = [torch.from_numpy(case.array(name)) for name in ("generated", "reference")]
    exact = case.tolerance("recommended", default=Tolerance(1e-6))
    peers = case.tolerance("peers", default=Tolerance(2e-4))
    patches = [torch.cat([log_mel_patches(clip) for clip in side]) for side in sides]
    comparison.near("vggish_patches_per_set", len(patches[0]))
    network = vggish_of(case, torch.float64)
    _compare_distances(comparison, "fad_vggish", [network(own) for own in patches], exact, peers)
    tagger = cnn14_of(case, "16k", torch.float64)
    tagged = [tagger(side) for side in sides]
    _compare_distances(comparison, "fd_panns", [own.embedding for own in tagged], exact, peers)
    logits = [own.logits.numpy() for own in tagged]
    comparison.near("kl_panns_softmax (recommended", kl_divergence(*logits).value, exact)
    with_epsilon = kl_divergence(*logits, epsilon=PEER_EPSILON).value
    comparison.near("kl_panns_softmax audioldm_eval", with_epsilon, peers)
    for name in case.outputs:
        splits = re.fullmatch(r"is_panns_(\d+)_splits_mean", name)
        if splits:
            found = inception_score(logits[0], splits=int(splits.group(1)))
            comparison.near(name, found.value, exact)


def _compare_distances(
    comparison: Comparison, name: str, sides: list[Tensor], exact: Tolerance, peers: Tolerance
) -> None:
    rows = [side.numpy() for side in sides]
    found = frechet_distance(Gaussian.of(rows[0]), Gaussian.of(rows[1])).value
    comparison.near(f"{name} (recommended", found, exact)
    single = [side.astype("float32") for side in rows]
    value = frechet_with_own_means(single[0], single[1])
    comparison.near(f"{name} audioldm_eval", value, peers)
