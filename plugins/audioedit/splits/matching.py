"""Finds recordings that are one another under another name: shared words, then correlation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fingerprints import FRAMES_PER_SECOND, STEP, Fingerprint

SAME = 0.9
"""Correlation from which two recordings are the same."""

SAME_SHORT = 0.95
"""The same for sounds of less than `SECONDS`, which are more often alike by chance."""

SECONDS = 5.0
SHORTEST_SECONDS = 1.0
SHARE_OF_SHORT = 0.9
FLIPPED = 5
"""Least certain bits of a word that are also tried the other way round."""

MOST_ALIKE = 64
"""A word that more frames share tells nothing."""

SLACK_FRAMES = 1
PROBED_AT_ONCE = 512
"""Recordings whose words are looked up together: bounds memory."""


@dataclass(frozen=True)
class Match:
    """Two recordings that sound the same.

    Attributes:
        first, second: their ids, in order.
        correlation: of their levels where they overlap, 0.9 to 1.
        seconds: for how long they sound together.
        shift_s: what is at t in the first is at t + shift in the second.
    """

    first: str
    second: str
    correlation: float
    seconds: float
    shift_s: float


def find_matches(
    prints: Sequence[Fingerprint], near: Collection[tuple[str, str]] = ()
) -> list[Match]:
    """Return all pairs of recordings that are the same, sorted by id.

    Args:
        prints: of all recordings.
        near: ids of further candidates, such as a scorer takes for the same (see `nearest`); they
            are held against one another at the lag at which they are most alike.

    Candidates share words, the surest or with a few of their least certain bits flipped; they are
    the same if their log-mel levels, less the mean of each band, correlate by 0.9 over 5 s; or by
    0.95 over nine tenths of the shorter one's sound where that is less than 5 s (1 s at least).
    """
    if len(prints) < 2:
        return []
    found: dict[tuple[str, str], Match] = {}
    for one, two, lag in (*_candidates(prints), *_near(prints, near)):
        match = _confirmed(prints[one], prints[two], lag)
        if match is not None:
            found.setdefault((match.first, match.second), match)
    return [found[key] for key in sorted(found)]


def _near(
    prints: Sequence[Fingerprint], near: Collection[tuple[str, str]]
) -> Iterator[tuple[int, int, int]]:
    """Yield the places of further candidates, with the lag at which their levels fit best."""
    places = {p.item: k for k, p in enumerate(prints)}
    for first, second in sorted(near):
        if first in places and second in places:
            one, two = places[first], places[second]
            yield one, two, best_lag(prints[one], prints[two])


def best_lag(one: Fingerprint, two: Fingerprint) -> int:
    """Return the lag in frames at which levels correlate most: t of one is t + lag of two."""
    a, b = (p.levels.astype(np.float64) for p in (one, two))
    size = len(a) + len(b)
    spectra = [np.fft.rfft(x - x.mean(axis=0), size, axis=0) for x in (a, b)]
    products = np.fft.irfft((np.conj(spectra[0]) * spectra[1]).sum(axis=1), size)
    peak = int(np.argmax(products))
    return peak if peak < len(b) else peak - size


def _candidates(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, int]]:
    """Yield pairs of places that share words, with the lag at which they share most, in frames."""
    words, places, frames = _posted(prints)
    order = np.argsort(words, kind="stable")
    words, places, frames = words[order], places[order], frames[order]
    hits: dict[tuple[int, int], dict[int, int]] = {}
    for start in range(0, len(prints), PROBED_AT_ONCE):
        probes = _probes(prints[start : start + PROBED_AT_ONCE], start)
        for one, two, lag, count in _joined(probes, (words, places, frames)):
            of_pair = hits.setdefault((one, two), {})
            of_pair[lag] = of_pair.get(lag, 0) + count
    for (one, two), lags in sorted(hits.items()):
        yield one, two, min(lags, key=lambda lag: (-lags[lag], abs(lag), lag))


Postings = tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]
"""Words, the places of their recordings, and their frames."""


def _posted(prints: Sequence[Fingerprint], first: int = 0, step: int = STEP) -> Postings:
    """Return the words of every frame of a step that sounds."""
    frames = [np.flatnonzero(p.active[::step]) * step for p in prints]
    places = [np.full(f.size, first + at) for at, f in enumerate(frames)]
    words = [p.words[f] for p, f in zip(prints, frames, strict=True)]
    return np.concatenate(words), np.concatenate(places), np.concatenate(frames)


def _probes(prints: Sequence[Fingerprint], first: int) -> Postings:
    """Return the words of all frames, and those with uncertain bits flipped."""
    words, places, frames = _posted(prints, first, step=1)
    unsure = np.concatenate([p.sure[p.active, :FLIPPED] for p in prints]).astype(np.uint32)
    flips = [
        sum((((number >> bit) & 1) << unsure[:, bit] for bit in range(FLIPPED)), np.uint32(0))
        for number in range(1 << FLIPPED)
    ]
    many = len(flips)
    return (
        np.concatenate([words ^ flip for flip in flips]).astype(np.uint32),
        np.tile(places, many),
        np.tile(frames, many),
    )


def _joined(probes: Postings, postings: Postings) -> Iterator[tuple[int, int, int, int]]:
    """Yield (probing place, later place, lag, shared words)."""
    words, places, frames = postings
    starts = np.searchsorted(words, probes[0])
    counts = np.searchsorted(words, probes[0], side="right") - starts
    counts[counts > MOST_ALIKE] = 0
    probe = np.repeat(np.arange(counts.size), counts)
    within = np.arange(probe.size) - np.repeat(np.cumsum(counts) - counts, counts)
    at = starts[probe] + within
    later = places[at] > probes[1][probe]
    probe, at = probe[later], at[later]
    keys = np.stack([probes[1][probe], places[at], frames[at] - probes[2][probe]], axis=1)
    unique, shared = np.unique(keys, axis=0, return_counts=True)
    for (one, two, lag), count in zip(unique.tolist(), shared.tolist(), strict=True):
        yield one, two, lag, count


def _confirmed(one: Fingerprint, two: Fingerprint, lag: int) -> Match | None:
    """Return the match at the best lag near the candidate's, if it is one."""
    shortest = min(one.active_seconds, two.active_seconds)
    needed = max(min(SECONDS, SHARE_OF_SHORT * shortest), SHORTEST_SECONDS)
    best: Match | None = None
    for shift in range(lag - SLACK_FRAMES, lag + SLACK_FRAMES + 1):
        score, seconds = _correlation(one, two, shift)
        enough = SAME if seconds >= SECONDS else SAME_SHORT
        if seconds >= needed and score >= max(enough, best.correlation if best else 0.0):
            first, second = sorted((one.item, two.item))
            sign = 1 if first == one.item else -1
            shift_s = sign * shift / FRAMES_PER_SECOND
            best = Match(first, second, round(score, 4), seconds, shift_s)
    return best


def _correlation(one: Fingerprint, two: Fingerprint, lag: int) -> tuple[float, float]:
    """Return the correlation of frames t of one and t + lag of two, and for how long both sound."""
    start, end = max(0, -lag), min(len(one.words), len(two.words) - lag)
    if end <= start:
        return 0.0, 0.0
    sounds = one.active[start:end] | two.active[start + lag : end + lag]
    if sounds.sum() < 2:
        return 0.0, 0.0
    a = one.levels[start:end][sounds].astype(np.float64)
    b = two.levels[start + lag : end + lag][sounds].astype(np.float64)
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    norm = np.sqrt((a * a).sum() * (b * b).sum())
    seconds = float(sounds.sum()) / FRAMES_PER_SECOND
    return (float((a * b).sum() / norm) if norm > 0 else 0.0), seconds
