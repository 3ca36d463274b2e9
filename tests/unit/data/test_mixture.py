import json
from collections import Counter

import numpy as np
import pytest
from audio_omni.core.data.config import MixtureConfig, SourceUseConfig
from audio_omni.core.data.mixture import Mixture
from audio_omni.core.data.permutation import permute
from audio_omni.core.errors import DataError
from audio_omni.core.source import DataSource, Row
from hypothesis import given, settings
from hypothesis import strategies as st


class Numbers(DataSource):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return self.rows

    def row(self, index):
        return Row(id=str(index), fields={})

    def digest(self):
        return f"numbers-{self.rows}"


def mixture(sizes, seed=0, temperature=1.0, **per_source):
    uses = [
        SourceUseConfig(
            uri=f"numbers:{i}", task="t", **{key: values[i] for key, values in per_source.items()}
        )
        for i in range(len(sizes))
    ]
    config = MixtureConfig(sources=uses, temperature=temperature)
    return Mixture(config, [Numbers(size) for size in sizes], seed)


@given(size=st.integers(1, 200), seed=st.integers(0, 2**63), epoch=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_permutation_is_a_bijection(size, seed, epoch):
    assert sorted(permute(i, size, seed, 0, epoch) for i in range(size)) == list(range(size))


def test_permutation_differs_by_epoch_source_and_seed():
    orders = {
        tuple(permute(i, 50, *stream) for i in range(50))
        for stream in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    }
    assert len(orders) == 4


def test_permutation_of_a_billion_rows_needs_no_table():
    rows = [permute(i, 10**9, 7) for i in range(1000)]
    assert len(set(rows)) == 1000
    assert 0.4e9 < np.mean(rows) < 0.6e9


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    batch=st.integers(1, 13),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=15, deadline=None)
def test_each_epoch_visits_each_row_once(sizes, batch, seed):
    mixed = mixture(sizes, seed)
    picks = [pick for step in range(20) for pick in mixed.plan(step, batch)]
    for source, size in enumerate(sizes):
        own = sorted((p for p in picks if p.source == source), key=lambda p: p.draw)
        assert [p.draw for p in own] == list(range(len(own)))
        for epoch in range(len(own) // size):
            rows = [p.row for p in own[epoch * size : (epoch + 1) * size]]
            assert sorted(rows) == list(range(size))


@given(
    weights=st.lists(st.floats(0.05, 20), min_size=2, max_size=5),
    temperature=st.floats(0.5, 5),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=15, deadline=None)
def test_realised_shares_follow_the_weights(weights, temperature, seed):
    mixed = mixture([100] * len(weights), seed, temperature, weight=weights)
    expected = np.array(weights) ** (1 / temperature)
    expected /= expected.sum()
    assert np.allclose(mixed.shares, expected)
    draws = 0
    for step in range(100):
        draws += len(mixed.plan(step, 7))
    assert draws == 700
    off_by_rows = np.abs(np.array(mixed.realised_shares()) - expected) * draws
    assert off_by_rows.max() <= 2  # far within 3 sigma of independent draws


@given(at=st.integers(0, 30), seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_resumed_mixture_goes_on_with_the_same_picks(at, seed):
    whole = mixture([5, 30, 9], seed, weight=[1, 2, 3], max_epochs=[3, None, None])
    first = [whole.plan(step, 6) for step in range(40)]
    part = mixture([5, 30, 9], seed, weight=[1, 2, 3], max_epochs=[3, None, None])
    for step in range(at):
        part.plan(step, 6)
    resumed = mixture([5, 30, 9], seed, weight=[1, 2, 3], max_epochs=[3, None, None])
    resumed.load_state_dict(json.loads(json.dumps(part.state_dict())))
    assert [resumed.plan(step, 6) for step in range(at, 40)] == first[at:]


def test_batches_keep_each_share_within_one_row():
    mixed = mixture([1000, 1000], weight=[3, 1])
    for step in range(50):
        counts = Counter(pick.source for pick in mixed.plan(step, 6))
        assert counts[0] in {4, 5}
        assert counts[1] in {1, 2}


def test_exhausted_source_gives_its_share_to_the_others():
    mixed = mixture([4, 100], max_epochs=[1.5, None], weight=[10, 1])
    picks = [pick for step in range(5) for pick in mixed.plan(step, 8)]
    assert len(picks) == 40
    assert Counter(pick.source for pick in picks) == {0: 6, 1: 34}


def test_max_rows_uses_the_first_rows_only():
    mixed = mixture([100], max_rows=[3])
    assert {pick.row for step in range(4) for pick in mixed.plan(step, 3)} == {0, 1, 2}


def test_exhausted_mixture_ends_with_a_small_batch_and_then_an_error():
    mixed = mixture([5], max_epochs=[1])
    assert [len(mixed.plan(step, 3)) for step in range(2)] == [3, 2]
    with pytest.raises(DataError, match=r"exhausted at step 2 .*Raise max_epochs"):
        mixed.plan(2, 3)


def test_empty_source_is_refused():
    with pytest.raises(DataError, match="'numbers:1' has no row left"):
        mixture([3, 0])


def test_state_of_other_data_is_refused():
    with pytest.raises(DataError, match=r"sources of \[3\] rows; now seed 0 and \[4\] rows"):
        mixture([4]).load_state_dict(mixture([3]).state_dict())
