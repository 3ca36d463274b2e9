import numpy as np
import pytest
import torch
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.gaussian import Gaussian
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

WIDTH = 3
values = st.floats(-1e3, 1e3, width=32)


def tables(least: int = 2):
    shapes = st.tuples(st.integers(least, 12), st.just(WIDTH))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=values))


def assert_alike(found: Gaussian, rows: np.ndarray) -> None:
    assert found.count == len(rows)
    scale = max(1.0, float(np.abs(rows).max()))
    np.testing.assert_allclose(found.mean(), rows.mean(axis=0), atol=1e-12 * scale)
    covariance = np.cov(rows, rowvar=False).reshape(found.width, found.width)
    np.testing.assert_allclose(found.covariance(), covariance, atol=1e-11 * scale**2)
    assert found.trace() == pytest.approx(np.trace(covariance), abs=1e-10 * scale**2)


@given(tables(), st.lists(st.integers(0, 12), max_size=5), st.randoms())
def test_any_split_in_any_order_equals_the_whole(rows, cuts, random):
    parts = np.split(rows, sorted(min(cut, len(rows)) for cut in cuts))
    random.shuffle(parts)
    merged, added = Gaussian(WIDTH), Gaussian(WIDTH)
    for part in parts:
        merged.merge(Gaussian.of(part))
        added.add(part)
    assert_alike(merged, rows)
    assert_alike(added, rows)
    # The route that a distance takes follows from the number of rows, not from the split.
    assert (merged.rows is None) == (added.rows is None) == (len(rows) > WIDTH)


@given(tables(), tables())
def test_a_tree_of_merges_equals_a_chain(first, second):
    left, right = Gaussian.of(first), Gaussian.of(second)
    left.merge(right)
    right.merge(Gaussian.of(first))
    np.testing.assert_allclose(left.covariance(), right.covariance(), atol=1e-6, rtol=1e-9)
    assert right.count == left.count


@settings(deadline=None)  # the first state imports torch
@given(tables(least=1))
def test_tensors_carry_the_whole_state(rows):
    state = Gaussian.of(rows).to_tensors()
    assert all(isinstance(tensor, torch.Tensor) for tensor in state.values())
    again = Gaussian.from_tensors(state)
    again.merge(Gaussian.of(rows[::-1]))
    assert_alike(again, np.concatenate([rows, rows]))


def test_rows_are_kept_exactly_while_they_are_no_more_than_the_width():
    rows = np.random.default_rng(0).normal(size=(5, 4))
    found = Gaussian(4)
    found.add(rows[:4])
    np.testing.assert_array_equal(found.rows, rows[:4])
    found.add(rows[4:])
    assert found.rows is None


def test_memory_is_bounded():
    found = Gaussian(8)
    for _ in range(500):
        found.add(np.random.default_rng(1).normal(size=(3, 8)))
    assert sum(len(rows) for rows in found._kept) <= 8
    assert found.count == 1500


def test_what_was_added_is_not_what_a_caller_does_later():
    buffer = np.ones((2, 2))
    found = Gaussian(2)
    found.add(buffer)
    buffer[:] = 7.0
    np.testing.assert_array_equal(found.rows, np.ones((2, 2)))


def test_merging_leaves_the_other_side_alone():
    other = Gaussian.of(np.arange(20.0).reshape(10, 2))
    mine = Gaussian.of(np.ones((9, 2)))
    mine.merge(other)
    mine.merge(other)
    assert_alike(other, np.arange(20.0).reshape(10, 2))


def test_itself_can_be_merged():
    rows = np.arange(4.0).reshape(2, 2)
    found = Gaussian.of(rows)
    found.merge(found)
    assert_alike(found, np.concatenate([rows, rows]))


def test_a_large_offset_costs_no_digits():
    rows = np.random.default_rng(3).normal(size=(2000, 2)) + 1e6
    found = Gaussian(2)
    for row in rows:
        found.add(row[None])
    np.testing.assert_allclose(found.covariance(), np.cov(rows, rowvar=False), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused_and_nothing_is_taken(bad):
    found = Gaussian(2)
    rows = np.ones((3, 2))
    rows[1, 0] = bad
    with pytest.raises(DataError, match="1 of 3 embeddings hold NaN or infinity, first in row 1"):
        found.add(rows)
    assert found.count == 0


def test_shapes_that_do_not_fit_are_refused():
    found = Gaussian(2)
    with pytest.raises(DataError, match=r"shape \(4, 3\); expected \(rows, 2\)"):
        found.add(np.ones((4, 3)))
    with pytest.raises(DataError, match=r"shape \(4,\); expected \(rows, width\)"):
        Gaussian.of(np.ones(4))
    with pytest.raises(DataError, match="of width 3 to merge into those of width 2"):
        found.merge(Gaussian(3))
    with pytest.raises(DataError, match="Got embeddings of width 0"):
        Gaussian(0)


def test_too_few_rows_have_no_covariance():
    found = Gaussian.of(np.ones((1, 2)))
    with pytest.raises(DataError, match="Got 1 embeddings; expected at least 2"):
        found.covariance()
    with pytest.raises(DataError, match="Got 0 embeddings; expected at least 1"):
        Gaussian(2).mean()


def test_states_that_do_not_fit_are_refused():
    state = Gaussian.of(np.ones((5, 2))).to_tensors()
    with pytest.raises(DataError, match="lacks rows"):
        Gaussian.from_tensors({key: state[key] for key in ("count", "mean", "scatter")})
    with pytest.raises(DataError, match=r"scatter of shape \(0, 2\); expected \(2, 2\)"):
        Gaussian.from_tensors({**state, "scatter": torch.zeros(0, 2)})
