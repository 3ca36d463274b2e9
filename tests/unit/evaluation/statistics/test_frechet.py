import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.frechet import (
    RANK_DEFICIENT,
    SMALL_SAMPLE,
    clipped,
    frechet_by_moments,
    frechet_distance,
)
from audio_omni.evaluation.statistics.frechet_peers import (
    frechet_through_float16,
    frechet_with_own_means,
)
from audio_omni.evaluation.statistics.gaussian import Gaussian
from hypothesis import given
from hypothesis import strategies as st

MOMENTS = 1e-7
"""Share of the traces that moments may be off by: roots of what rounding leaves of small ones."""


def sample(seed: int, rows: int, width: int, shift: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(rows, width)) @ generator.normal(size=(width, width)) + shift


sets = st.builds(
    lambda seed, rows, shift: Gaussian.of(sample(seed, rows, 6, shift)),
    st.integers(0, 10_000),
    st.integers(2, 30),
    st.floats(-3, 3),
)


@given(sets, sets)
def test_is_symmetric_and_never_negative(first, second):
    there, back = frechet_distance(first, second), frechet_distance(second, first)
    traces = there.trace_generated + there.trace_reference
    assert there.value >= 0.0
    assert there.value == pytest.approx(back.value, abs=MOMENTS * traces)


@given(sets)
def test_a_set_is_at_no_distance_from_itself(found):
    by_rows = found.rows is not None
    assert frechet_distance(found, found).value <= (1e-12 if by_rows else MOMENTS) * found.trace()
    assert frechet_by_moments(found, found).value <= MOMENTS * found.trace()


@given(sets, sets)
def test_both_routes_agree_whatever_the_rank(first, second):
    exact, moments = frechet_distance(first, second), frechet_by_moments(first, second)
    traces = exact.trace_generated + exact.trace_reference
    assert moments.value == pytest.approx(exact.value, abs=MOMENTS * traces)


def test_a_shift_counts_as_its_square():
    rows = sample(1, 50, 4)
    assert frechet_distance(Gaussian.of(rows), Gaussian.of(rows + 3.0)).value == pytest.approx(
        4 * 9.0
    )


def test_one_dimension_has_a_closed_form():
    first, second = np.random.default_rng(2).normal(size=(2, 40, 1)) * [[[1.0]], [[2.5]]]
    expected = (first.mean() - second.mean()) ** 2
    expected += (first.std(ddof=1) - second.std(ddof=1)) ** 2
    found = frechet_distance(Gaussian.of(first), Gaussian.of(second)).value
    assert found == pytest.approx(expected, rel=1e-12)


def test_dead_columns_change_nothing():
    first, second = sample(3, 60, 4), sample(4, 50, 4)
    dead = [np.hstack([rows, np.zeros((len(rows), 3))]) for rows in (first, second)]
    alive = frechet_distance(Gaussian.of(first), Gaussian.of(second)).value
    found = frechet_distance(Gaussian.of(dead[0]), Gaussian.of(dead[1])).value
    assert found == pytest.approx(alive, rel=1e-12)


def test_flags_say_when_the_number_of_embeddings_decides():
    few, some, many = (Gaussian.of(sample(n, n, 4)) for n in (4, 79, 80))
    assert frechet_distance(few, many).flags == (RANK_DEFICIENT, SMALL_SAMPLE)
    assert frechet_distance(some, many).flags == (SMALL_SAMPLE,)
    assert frechet_distance(many, many).flags == ()


def test_what_has_no_covariance_is_refused():
    with pytest.raises(DataError, match="Got 1 generated embeddings; a Fréchet distance needs"):
        frechet_distance(Gaussian.of(np.ones((1, 2))), Gaussian.of(np.ones((4, 2))))
    with pytest.raises(DataError, match="width 2 and reference embeddings of width 3"):
        frechet_distance(Gaussian.of(np.ones((4, 2))), Gaussian.of(np.ones((4, 3))))


def test_only_rounding_is_cut_off_below_zero():
    assert clipped(-1e-7, scale=1.0) == 0.0
    assert clipped(0.5, scale=1.0) == 0.5
    with pytest.raises(DataError, match=r"came out as -0\.001 with traces of 1"):
        clipped(-1e-3, scale=1.0)
    with pytest.raises(DataError, match="came out as nan"):
        clipped(float("nan"), scale=1.0)


def test_tools_lose_digits_with_a_large_offset():
    first, second = (sample(seed, 300, 8).astype(np.float32) + 1e4 for seed in (5, 6))
    exact = frechet_distance(Gaussian.of(first), Gaussian.of(second)).value
    assert frechet_with_own_means(first, second) == pytest.approx(exact, rel=0.05)
    assert frechet_with_own_means(first, second) != pytest.approx(exact, rel=1e-6)
    assert frechet_through_float16(first, second) != pytest.approx(exact, rel=0.05)
