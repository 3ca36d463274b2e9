import json
from collections import Counter

import numpy as np
import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.data.config import MixtureConfig, SourceUseConfig
from audio_omni.core.data.mixture import Mixture
from audio_omni.core.data.permutation import permute
from audio_omni.core.errors import ConfigError, DataError
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


def mixture(sizes, seed=0, temperature=None, batches="mixed", tasks=None, **per_source):
    uses = [
        SourceUseConfig(
            uri=f"numbers:{i}",
            task=tasks[i] if tasks else "t",
            **{key: values[i] for key, values in per_source.items()},
        )
        for i in range(len(sizes))
    ]
    config = MixtureConfig(sources=uses, temperature=temperature, batches=batches)
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


SHARES = {
    "weights": st.lists(st.floats(0.05, 20), min_size=2, max_size=5),
    "temperature": st.none() | st.floats(0.5, 5),
    "seed": st.integers(0, 2**32),
}


@given(sizes=st.lists(st.integers(50, 5000), min_size=5, max_size=5), **SHARES)
@settings(max_examples=25, deadline=None)
def test_realised_shares_follow_weights_and_sizes(sizes, weights, temperature, seed):
    sizes = sizes[: len(weights)]
    mixed = mixture(sizes, seed, temperature, weight=weights)
    expected = np.array(weights)
    if temperature is not None:
        expected = expected * np.array(sizes) ** (1 / temperature)
    expected /= expected.sum()
    assert np.allclose(mixed.shares, expected)
    draws = 0
    for step in range(100):
        draws += len(mixed.plan(step, 7))
    assert draws == 700
    off_by_rows = np.abs(np.array(mixed.realised_shares()) - expected) * draws
    assert off_by_rows.max() <= 2  # far within 3 sigma of independent draws


def test_a_temperature_of_one_draws_in_proportion_to_the_rows():
    assert mixture([300, 100], temperature=1).shares == pytest.approx([0.75, 0.25])
    assert mixture([300, 100], temperature=1, weight=[1, 3]).shares == pytest.approx([0.5, 0.5])
    assert mixture([400, 100], temperature=2).shares == pytest.approx([2 / 3, 1 / 3])
    assert mixture([300, 100]).shares == [0.5, 0.5]


@given(
    into=st.integers(0, 40),
    length=st.integers(1, 40),
    batch=st.integers(1, 16),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=25, deadline=None)
def test_a_fading_source_is_drawn_as_its_share_goes(into, length, batch, seed):
    fade = [(into, 0.0), (into + length, 1.0)]
    mixed = mixture([50, 50], seed, fade=[[], fade])
    factors = np.interp(np.arange(100), [into, into + length], [0, 1])
    promised = np.cumsum(batch * factors / (1 + factors))
    for step in range(100):
        counts = Counter(pick.source for pick in mixed.plan(step, batch))
        if factors[step] == 0:
            assert counts[1] == 0
        assert abs(mixed.drawn[1] - promised[step]) <= 1 + 1e-6


def test_a_source_fades_out_and_the_others_go_on():
    mixed = mixture([50, 50], fade=[[(5, 1.0), (10, 0.0)], []])
    late = [pick.source for step in range(30) for pick in mixed.plan(step, 4) if step >= 10]
    assert set(late) == {1}


def test_a_mixture_that_faded_out_says_so():
    mixed = mixture([50], fade=[[(0, 1.0), (2, 0.0)]])
    for step in range(2):
        mixed.plan(step, 4)
    with pytest.raises(DataError, match="exhausted at step 2, or have faded out"):
        mixed.plan(2, 4)


@pytest.mark.parametrize(
    ("fade", "message"),
    [
        ([(10, 1.0), (10, 0.0)], r"fade has steps \[10, 10\]; expected each to be later"),
        ([(0, 0.0), (10, 0.0)], "fade is 0 throughout"),
    ],
)
def test_a_fade_that_cannot_be_meant_is_refused(fade, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(SourceUseConfig, {"uri": "a:b", "task": "t", "fade": fade}, where="source")


@given(**SHARES)
@settings(max_examples=15, deadline=None)
def test_batches_of_one_task_keep_the_shares(weights, temperature, seed):
    tasks = [f"task {i // 2}" for i in range(len(weights))]
    mixed = mixture([100] * len(weights), seed, temperature, "one_task", tasks, weight=weights)
    expected = np.array(mixed.shares)
    for step in range(300):
        picks = mixed.plan(step, 8)
        assert len({tasks[pick.source] for pick in picks}) == 1
        assert len(picks) == 8
    draws = 300 * 8
    sigma = 8 * np.sqrt(expected * (1 - expected) * 300)  # of batches drawn independently
    assert (np.abs(np.array(mixed.drawn) - expected * draws) <= 3 * sigma + 8).all()


@given(at=st.integers(0, 30), seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_resumed_mixture_goes_on_with_the_same_picks(at, seed):
    def fresh():
        return mixture(
            [5, 30, 9],
            seed,
            batches="one_task" if seed % 2 else "mixed",
            tasks=["a", "b", "a"],
            weight=[1, 2, 3],
            max_epochs=[3, None, None],
            fade=[[], [(3, 0.5), (20, 1)], []],
        )

    whole, part, resumed = fresh(), fresh(), fresh()
    first = [whole.plan(step, 6) for step in range(40)]
    for step in range(at):
        part.plan(step, 6)
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
    with pytest.raises(DataError, match=r"exhausted at step 2, .*Raise max_epochs"):
        mixed.plan(2, 3)


def test_empty_source_is_refused():
    with pytest.raises(DataError, match="'numbers:1' has no row left"):
        mixture([3, 0])


def test_state_of_other_data_is_refused():
    with pytest.raises(DataError, match=r"sources of \[3\] rows; now seed 0 and \[4\] rows"):
        mixture([4]).load_state_dict(mixture([3]).state_dict())


def test_another_mixture_goes_on_with_the_sources_that_are_in_both():
    """The first of two equal names goes on, one of another length begins anew, a new one too."""
    before = mixture([10, 10, 40], tasks=["a", "a", "b"])
    seen = {pick.row for step in range(5) for pick in before.plan(step, 6) if pick.source == 2}
    after = mixture([10, 20, 40, 8], tasks=["a", "a", "b", "c"])
    state = json.loads(json.dumps(before.state_dict()))
    assert after.names[0] == before.names[0]
    anew = after.adopt(state)
    assert anew == [after.names[1], after.names[3]]
    assert after.drawn == [before.drawn[0], 0, before.drawn[2], 0]
    fresh = [pick for pick in after.plan(5, 8) if pick.source == 2]
    assert fresh
    assert not seen.intersection(pick.row for pick in fresh)
