"""Kullback-Leibler divergence of what a classifier says of a clip and of its reference.

KL(reference ‖ generated) = Σ p (ln p − ln q) over classes, p of the reference and q of the
generated clip; mean over pairs. Natural logarithm, float64.

Source: Yang et al. 2022, "Diffsound", sec. IV-B; Kreuk et al. 2023, "AudioGen", sec. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.bootstrap import bootstrap_interval
from .rows import Rows, as_pairs
from .student import Interval

PEER_EPSILON = 1e-6
"""What AudioLDM's and audiocraft's evaluations add to the probability in the denominator."""


@dataclass(frozen=True)
class Divergence:
    """A divergence and what it is the mean of.

    Attributes:
        value: mean over pairs.
        per_pair: (N,), in the order given.
        interval: 95 %, by bootstrap over pairs; `None` for one pair.
    """

    value: float
    per_pair: NDArray[np.float64]
    interval: Interval | None


def kl_divergence(
    generated: ArrayLike,
    reference: ArrayLike,
    *,
    epsilon: float = 0.0,
    reverse: bool = False,
    activation: Literal["softmax", "sigmoid"] = "softmax",
) -> Divergence:
    """Return the divergence of logits (N, C), row by row of the same clip.

    Args:
        generated: logits.
        reference: logits.
        epsilon: added to q inside its logarithm (to p, in reverse). It makes large divergences
            smaller, and clips that are nearly the same 5 % nearer: for AudioLDM's tables only.
        reverse: KL(generated ‖ reference) instead.
        activation: softmax, or C independent sigmoids without the terms of the complement, as
            some tools print as ``kl_sigmoid``; that is no divergence, and may be negative.

    Raises:
        DataError: if shapes differ, there is no pair, or a number is not finite.
    """
    q_logits, p_logits = as_pairs(generated, reference, "logits")
    if reverse:
        q_logits, p_logits = p_logits, q_logits
    log = log_softmax if activation == "softmax" else log_sigmoid
    log_p, log_q = log(p_logits), log(q_logits)
    if epsilon:
        log_q = np.log(np.exp(log_q) + epsilon)
    return _mean((np.exp(log_p) * (log_p - log_q)).sum(axis=1))


def bernoulli_kl_divergence(generated: ArrayLike, reference: ArrayLike) -> Divergence:
    """Return the divergence of C independent yes-or-no answers, complements included.

    Raises:
        DataError: as `kl_divergence` does.
    """
    q_logits, p_logits = as_pairs(generated, reference, "logits")
    yes = np.exp(log_sigmoid(p_logits)) * (log_sigmoid(p_logits) - log_sigmoid(q_logits))
    no = np.exp(log_sigmoid(-p_logits)) * (log_sigmoid(-p_logits) - log_sigmoid(-q_logits))
    return _mean((yes + no).sum(axis=1))


def log_softmax(logits: Rows) -> Rows:
    """Return ln softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def log_sigmoid(logits: Rows) -> Rows:
    """Return ln 1 / (1 + exp(−x)), exact for large |x|."""
    return -np.logaddexp(0.0, -logits)


def _mean(per_pair: NDArray[np.float64]) -> Divergence:
    return Divergence(float(per_pair.mean()), per_pair, bootstrap_interval(per_pair))
