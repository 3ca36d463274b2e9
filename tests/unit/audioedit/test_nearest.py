"""A scorer's candidates for the leak guard: found where words fail, and confirmed by ear alone."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.splits import matching
from audio_omni.plugins.audioedit.splits.fingerprints import fingerprint
from audio_omni.plugins.audioedit.splits.leak import guard
from audio_omni.plugins.audioedit.splits.matching import best_lag, find_matches
from audio_omni.plugins.audioedit.splits.nearest import embedded, near_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000


def melody(seed, seconds=8.0):
    """Notes of changing pitch over a faint noise: levels that correlate at one lag only."""
    rng, t = np.random.default_rng(seed), np.arange(round(seconds * RATE)) / RATE
    notes = rng.uniform(200, 3000, round(4 * seconds))
    pitch = np.repeat(notes, RATE // 4)[: len(t)]
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return (0.3 * np.sin(phase) + 0.003 * rng.standard_normal(len(t))).astype(np.float32)


@pytest.fixture
def deaf(monkeypatch):
    """No two recordings share words, as where all of them were changed."""
    monkeypatch.setattr(matching, "_candidates", lambda prints: iter(()))


@pytest.fixture(scope="module")
def prints():
    whole = melody(1)
    shifted = np.concatenate([np.zeros(RATE // 2, np.float32), 0.4 * whole[: -RATE // 2]])
    sounds = {"a": whole, "b": shifted, "c": melody(2)}
    return [fingerprint(name, samples, RATE) for name, samples in sounds.items()]


def test_a_candidate_is_confirmed_at_its_own_lag(prints, deaf):
    assert find_matches(prints) == []
    (match,) = find_matches(prints, [("a", "b"), ("a", "c"), ("a", "gone")])
    assert (match.first, match.second) == ("a", "b")
    assert match.shift_s == pytest.approx(0.5, abs=0.1)


def test_a_candidate_that_only_a_scorer_finds_alike_is_no_match(prints, deaf):
    assert find_matches(prints, [("a", "c"), ("b", "c")]) == []


def test_a_match_that_both_ways_find_counts_once(prints):
    assert len(find_matches(prints, [("a", "b")])) == 1


@settings(deadline=None, max_examples=20)
@given(shift=st.integers(-60, 60))
def test_the_lag_is_that_of_the_shift(shift):
    whole = melody(3, 12.0)
    first = whole[4 * RATE : 10 * RATE]
    begin = 4 * RATE - shift * RATE // 20
    second = whole[begin : begin + 6 * RATE]
    one, two = (fingerprint(n, s, RATE) for n, s in (("one", first), ("two", second)))
    assert abs(best_lag(one, two) - shift) <= 1


@given(seed=st.integers(0, 1000), rows=st.integers(1, 40))
def test_near_pairs_are_those_of_other_splits_each_once(seed, rows):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((rows, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sides = rng.choice(["train", "test"], rows).tolist()
    names = [f"n{k:02}" for k in range(rows)]
    found = list(near_pairs(names, vectors, sides, cosine=0.9))
    wanted = [
        (names[i], names[j])
        for i in range(rows) for j in range(i + 1, rows)
        if sides[i] != sides[j] and vectors[i] @ vectors[j] >= 0.9
    ]  # fmt: skip
    assert found == wanted


def test_recordings_are_embedded_by_the_scorer(tmp_path):
    from real_parts.parts import Hash, HashConfig

    blobs = BlobStore(tmp_path)
    grids = [np.rint(melody(k, 1.0) * 2**15).astype(np.int32) for k in range(9)]
    names = [blobs.put(grid, sample_rate_hz=RATE, bits=16) for grid in grids]
    vectors = embedded(names, blobs, Hash(HashConfig()), RATE)
    assert vectors.shape[0] == 9
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(9), abs=1e-5)


def test_the_report_tells_of_the_candidates():
    report = guard([], {"a": "train"}, 1, near=4)
    assert report.facts({"a": "train"})["near"] == 4
    assert "near" not in guard([], {}, 0).facts({})
