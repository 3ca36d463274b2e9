"""When each word of a recording is said, by an aligner, and whether that can be (section 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..providers.contract import Aligner, Clip, ProviderFailure, Refusal, SpokenWord
from ..providers.given_words import folded
from .screening import Heard, OnHeard, open_mono, sifted
from .utterances import Rejection

TOLERANCE_S = 0.05
"""Word times may overlap, or end behind the recording, by so much: aligners count in frames."""

Timed = tuple[Heard, tuple[SpokenWord, ...]]


def align_all(
    heard: Iterable[Heard],
    folder: Path,
    aligner: Aligner,
    on_heard: OnHeard = lambda *_: None,
) -> tuple[list[Timed], list[Rejection]]:
    """Return recordings with the times of their words, and why others have none.

    Args:
        heard: recordings that are fit.
        folder: what their paths are relative to.
        aligner: tells the times.
        on_heard: called after each recording.
    """
    return sifted(heard, lambda one: _aligned(one, folder, aligner), on_heard)


def _aligned(one: Heard, folder: Path, aligner: Aligner) -> Timed | Rejection:
    _, samples, _ = open_mono(one.told, folder)
    facts = {**one.told.facts, "folder": str(folder)}
    clip = Clip(one.id, samples, one.rate_hz, one.sha256, facts)
    words = [word for word in one.told.text.split() if folded(word)]
    try:
        told = aligner.align(clip, words)
    except ProviderFailure as failure:
        return Rejection(one.id, "provider", f"{failure.reason}: {failure}"[:200])
    if isinstance(told, Refusal):
        return Rejection(one.id, told.reason, told.detail[:200])
    why = _misfit(told, one.seconds)
    return Rejection(one.id, "words_do_not_fit", why) if why else (one, told)


def _misfit(times: Sequence[SpokenWord], seconds: float) -> str:
    """Return what is wrong with word times, or nothing."""
    edges = [(word.start_s, word.end_s) for word in times]
    if not np.isfinite(edges).all():
        return "a time is not finite"
    for word in times:
        if not -TOLERANCE_S <= word.start_s < word.end_s <= seconds + TOLERANCE_S:
            return f"'{word.text}' from {word.start_s:g} to {word.end_s:g} s of {seconds:.3f} s"
    for word, following in pairwise(times):
        if following.start_s < word.end_s - TOLERANCE_S:
            return f"'{following.text}' begins before '{word.text}' ends"
    return ""
