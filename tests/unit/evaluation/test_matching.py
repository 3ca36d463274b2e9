import numpy as np
import pytest
from audio_omni.evaluation.matching import mean_mismatch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

CAP = 0.5
moments = st.lists(st.floats(0, 3), max_size=7).map(lambda found: np.sort(np.asarray(found)))


def by_assignment(expected, found):
    """The definition, for one set: an assignment with a dummy for every moment left over."""
    size = max(expected.size, found.size)
    if size == 0:
        return 0.0
    cost = np.full((size, size), CAP)
    distances = np.abs(expected[:, None] - found[None])
    cost[: expected.size, : found.size] = np.minimum(distances, CAP)
    return cost[linear_sum_assignment(cost)].sum() / size


@given(moments, moments)
def test_agrees_with_an_optimal_assignment(expected, found):
    value = mean_mismatch(expected, found[None], CAP)
    assert value.shape == (1,)
    assert value[0] == pytest.approx(by_assignment(expected, found), abs=1e-9)


@given(moments, moments)
def test_is_symmetric_and_bounded(expected, found):
    there = mean_mismatch(expected, found[None], CAP)[0]
    assert there == pytest.approx(mean_mismatch(found, expected[None], CAP)[0], abs=1e-9)
    assert -1e-12 <= there <= CAP


def test_sets_are_measured_apart():
    expected = np.array([1.0, 2.0])
    found = np.array([[1.0, 2.0], [1.1, 2.1], [0.2, 0.3]])
    assert mean_mismatch(expected, found, CAP) == pytest.approx([0.0, 0.1, CAP])
