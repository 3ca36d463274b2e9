from functools import cache

import numpy as np
import pytest
from audio_omni.evaluation.alignment import align
from hypothesis import given
from hypothesis import strategies as st

SIDES = st.integers(1, 7)


def cost_of(rows, columns, seed):
    return np.random.default_rng(seed).random((rows, columns))


def cheapest(cost):
    """The least sum of any path, by trying them all."""

    @cache
    def to(t, s):
        if t < 0 or s < 0:
            return np.inf
        before = 0.0 if t == s == 0 else min(to(t - 1, s - 1), to(t - 1, s), to(t, s - 1))
        return cost[t, s] + before

    return to(cost.shape[0] - 1, cost.shape[1] - 1)


@given(SIDES, SIDES, st.integers(0, 99))
def test_path_goes_from_end_to_end_frame_by_frame_and_is_the_cheapest(rows, columns, seed):
    cost = cost_of(rows, columns, seed)
    t, s = align(cost)
    assert (t[0], s[0], t[-1], s[-1]) == (0, 0, rows - 1, columns - 1)
    steps = set(zip(np.diff(t).tolist(), np.diff(s).tolist(), strict=True))
    assert steps <= {(0, 1), (1, 0), (1, 1)}
    assert cost[t, s].sum() == pytest.approx(cheapest(cost))


def test_equal_sequences_lie_on_the_diagonal():
    frames = np.arange(5.0)
    t, s = align(np.abs(frames[:, None] - frames[None]))
    assert t.tolist() == s.tolist() == [0, 1, 2, 3, 4]


def test_held_frames_cost_nothing():
    slow, fast = np.repeat(np.arange(4.0), 3), np.arange(4.0)
    cost = np.abs(slow[:, None] - fast[None])
    assert cost[align(cost)].sum() == 0.0


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
def test_no_frames_are_refused(shape):
    with pytest.raises(ValueError, match="at least 1"):
        align(np.zeros(shape))
