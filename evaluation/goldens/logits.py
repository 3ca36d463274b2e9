"""Golden cases of what a classifier says of clips, and of pairs of embeddings."""

from __future__ import annotations

import math

from ..statistics.cosine import cosine_similarity
from ..statistics.divergence import PEER_EPSILON, bernoulli_kl_divergence, kl_divergence
from ..statistics.inception import inception_score, permutation
from ..statistics.pairing import pair_ids
from .cases import Case, Tolerance
from .comparison import SINGLE, Comparison


def check_kl(case: Case, comparison: Comparison) -> None:
    """Compare the divergence, its direction and epsilon by tool, and how clips are joined."""
    generated, reference = case.array("generated_logits"), case.array("reference_logits")
    if case.has("generated_names", "reference_names"):
        _check_pairing(case, comparison)
        return
    exact = case.tolerance(
        "recommended_kl_softmax_ref_to_gen_no_eps_float64", "recommended", default=Tolerance(1e-10)
    )
    peers = case.tolerance("float32 peers", default=SINGLE)
    ours = kl_divergence(generated, reference)
    comparison.near("recommended_kl_softmax_ref_to_gen_no_eps_float64", ours.value, exact)
    comparison.near("recommended_per_clip", ours.per_pair, Tolerance(exact.rtol, 1e-12))
    bernoulli = bernoulli_kl_divergence(generated, reference).value
    comparison.near("true_bernoulli_kl_sum_over_classes_float64", bernoulli, exact)
    with_epsilon = kl_divergence(generated, reference, epsilon=PEER_EPSILON).value
    reverse = kl_divergence(generated, reference, epsilon=PEER_EPSILON, reverse=True).value
    sigmoid = kl_divergence(generated, reference, epsilon=PEER_EPSILON, activation="sigmoid").value
    plain_sigmoid = kl_divergence(generated, reference, activation="sigmoid").value
    values = {
        "audioldm_eval_softmax": with_epsilon,
        "audioldm_eval_sigmoid": sigmoid,
        "av_bench_softmax": ours.value,
        "av_bench_sigmoid": plain_sigmoid,
        "audiocraft_kld_pq": with_epsilon,
        "audiocraft_kld_qp": reverse,
        "stable_audio_metrics": reverse,
    }
    for name, value in values.items():
        comparison.near(name, value, peers)


def _check_pairing(case: Case, comparison: Comparison) -> None:
    generated, reference = case.array("generated_logits"), case.array("reference_logits")
    names = (case.input("generated_names"), case.input("reference_names"))
    matching = sorted(names[0]) == sorted(names[1])
    if not matching:
        comparison.refuses("audioldm_eval_when_folders_not_same_name", lambda: pair_ids(*names))
    pairs = pair_ids(*names, allow_missing=True, repeated="last")
    comparison.equal("pairs_used_reference_order", [pair.id for pair in pairs.pairs])
    rows = [(pair.generated, pair.reference) for pair in pairs.pairs]
    found = kl_divergence(
        generated[[row for row, _ in rows]],
        reference[[row for _, row in rows]],
        epsilon=PEER_EPSILON,
    )
    peers = case.tolerance("float32 peers", default=SINGLE)
    comparison.near("audioldm_eval_softmax", found.value, peers)
    comparison.omit("duplicate_rule", "a sentence")


def check_inception(case: Case, comparison: Comparison) -> None:
    """Compare the score of both conventions, or see that too few clips are refused."""
    logits = case.array("generated_logits")
    splits, seed = int(comparison.setting("splits", 10)), int(comparison.setting("rng_seed", 2020))
    near = case.tolerance("mean", default=Tolerance(1e-10))
    comparison.equal("permutation", permutation(len(logits), seed).tolist())
    means = ("audioldm_eval_mean", "av_bench_mean")
    if len(logits) < splits:
        for name in (*means, "audioldm_eval_std"):
            comparison.refuses(name, lambda: inception_score(logits, splits=splits, seed=seed))
    else:
        found = inception_score(logits, splits=splits, seed=seed)
        for name in means:
            comparison.near(name, found.value, near)
        comparison.near("audioldm_eval_std", found.std, near)
    single = inception_score(logits, splits=1, shuffle=False)
    comparison.near("one_split_no_shuffle", single.value, near)


def check_clap_score(case: Case, comparison: Comparison) -> None:
    """Compare cosines of text and audio, and what tools round."""
    found = cosine_similarity(case.array("audio"), case.array("text"))
    exact = case.tolerance("recommended_mean", default=Tolerance(1e-10))
    single = case.tolerance("float32", default=Tolerance(1e-4, 1e-6))
    comparison.near("recommended_mean", found.value, exact)
    comparison.near("per_pair_float64", found.per_pair, Tolerance(exact.rtol, 1e-12))
    comparison.near("torch_cosine", found.per_pair, single)
    for name in ("av_bench", "frechet_audio_distance mean", "msclap compute_similarity"):
        comparison.near(name, found.value, single)
    std = math.sqrt(float(found.per_pair.var()))
    comparison.near("frechet_audio_distance std", std, single)
    comparison.near("times_100", 100.0 * found.value, exact)
