import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics import pairwise
from audio_omni.evaluation.statistics.discrepancy import discrepancy
from audio_omni.evaluation.statistics.kernel import (
    cubic_kernel,
    distance_kernel,
    kernel_audio_distance,
    kernel_inception_distance,
)
from hypothesis import given
from hypothesis import strategies as st

few = st.integers(0, 1000).map(
    lambda seed: np.random.default_rng(seed).normal(size=(2 + seed % 9, 3))
)


def by_definition(first, second, kernel):
    def mean_of_others(rows):
        values = kernel(rows, rows)
        np.fill_diagonal(values, 0.0)
        return values.sum() / (len(rows) * (len(rows) - 1))

    return mean_of_others(first) + mean_of_others(second) - 2 * kernel(first, second).mean()


@given(few, few)
def test_is_the_definition_and_symmetric(first, second):
    kernel = distance_kernel("gaussian", 1.5)
    found = discrepancy(first, second, kernel)
    assert found.value == pytest.approx(by_definition(first, second, kernel), abs=1e-12)
    assert found.value == pytest.approx(discrepancy(second, first, kernel).value, abs=1e-12)


def test_blocks_change_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(23, 4)), generator.normal(size=(19, 4))
    clips = [f"a{n // 2}" for n in range(23)], [f"b{n // 3}" for n in range(19)]
    whole = kernel_audio_distance(first, second, clips=clips)
    monkeypatch.setattr("audio_omni.evaluation.statistics.discrepancy.BLOCK", 5)
    found = kernel_audio_distance(first, second, clips=clips)
    assert found.value == pytest.approx(whole.value, rel=1e-12)
    assert found.interval == pytest.approx(whole.interval, rel=1e-9)


def test_the_interval_is_that_of_leaving_out_each_clip():
    generator = np.random.default_rng(1)
    first, second = generator.normal(size=(12, 3)), generator.normal(size=(10, 3)) + 0.3
    owners = np.arange(12) // 3, np.arange(10) // 2
    kernel = distance_kernel("gaussian", 2.0)
    variance = 0.0
    for side in (0, 1):
        values = []
        for clip in range(owners[side].max() + 1):
            sides = [first, second]
            sides[side] = sides[side][owners[side] != clip]
            values.append(by_definition(*sides, kernel))
        variance += (len(values) - 1) * np.var(values)
    found = discrepancy(
        first, second, kernel, clips=([str(n) for n in owners[0]], [str(n) for n in owners[1]])
    )
    half = (found.interval[1] - found.interval[0]) / 2
    t_of_three_degrees = 3.182446305
    assert half == pytest.approx(t_of_three_degrees * np.sqrt(variance), rel=1e-8)


def test_is_unbiased_and_its_interval_covers_zero():
    found = [
        kernel_audio_distance(*np.random.default_rng(seed).normal(size=(2, 30, 5)))
        for seed in range(60)
    ]
    values = np.array([each.value for each in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(60)
    assert values.min() < 0.0
    assert sum(low <= 0.0 <= high for low, high in (each.interval for each in found)) >= 54


@pytest.mark.parametrize("kernel", ["gaussian", "inverse_quadratic", "inverse_multiquadric"])
def test_kernels_are_one_at_no_distance_and_fall(kernel):
    rows = np.array([[0.0], [1.0], [3.0]])
    values = distance_kernel(kernel, 1.0)(rows, rows)
    np.testing.assert_allclose(np.diag(values), 1.0)
    assert values[0, 0] > values[0, 1] > values[0, 2] > 0.0


def test_the_bandwidth_is_that_of_the_set_that_is_named():
    generator = np.random.default_rng(2)
    near, far = generator.normal(size=(20, 3)), generator.normal(size=(20, 3)) * 5
    ours = kernel_audio_distance(near, far).value
    as_called = kernel_audio_distance(near, far, bandwidth_of="generated").value
    assert ours != pytest.approx(as_called, rel=0.01)
    # MMD itself is symmetric, so swapping the sets swaps the conventions.
    assert kernel_audio_distance(far, near).value == pytest.approx(as_called, rel=1e-12)


@given(few)
def test_the_median_is_the_lower_middle_of_all_pairs(rows):
    pairs = [
        np.linalg.norm(rows[i] - rows[j]) for i in range(len(rows)) for j in range(i + 1, len(rows))
    ]
    expected = sorted(pairs)[(len(pairs) - 1) // 2]
    assert pairwise.median_distance(rows) == pytest.approx(expected, rel=1e-6)


@given(few)
def test_counting_finds_the_same_median_as_sorting(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairwise, "BLOCK", 4)
        held = pairwise.median_distance(rows)
        patch.setattr(pairwise, "HELD", 0)
        assert pairwise.median_distance(rows) == held


def test_a_large_offset_costs_distances_no_digits():
    rows = np.random.default_rng(4).normal(size=(5, 3))
    near = pairwise.squared_distances(rows, rows)
    np.testing.assert_allclose(pairwise.squared_distances(rows + 1e5, rows + 1e5), near, atol=1e-9)


def test_kid_averages_subsets():
    first, second = np.random.default_rng(3).normal(size=(2, 40, 4))
    whole = kernel_inception_distance(first, second, subsets=3, subset_size=40)
    assert whole.value == pytest.approx(discrepancy(first, second, cubic_kernel).value)
    assert whole.std == pytest.approx(0.0, abs=1e-12)
    assert kernel_inception_distance(first, second, subsets=3, subset_size=10).std > 0.0


def test_what_cannot_be_measured_is_refused():
    rows = np.ones((4, 2))
    with pytest.raises(DataError, match="bandwidth of 0; expected more than 0"):
        kernel_audio_distance(np.random.default_rng(0).normal(size=(4, 2)), rows)
    with pytest.raises(DataError, match="Got 1 generated embeddings; expected at least 2"):
        kernel_audio_distance(rows[:1], rows)
    with pytest.raises(DataError, match="subsets of 1000; expected subsets"):
        kernel_inception_distance(rows, rows)
    with pytest.raises(DataError, match="clips of 1 and 4 rows for 4 generated and 4"):
        discrepancy(rows, rows, cubic_kernel, clips=(["a"], list("abcd")))
    with pytest.raises(DataError, match="Got 1 rows; expected at least 2"):
        pairwise.median_distance(rows[:1])


def test_one_clip_a_side_has_no_interval():
    rows = np.random.default_rng(0).normal(size=(2, 4, 2))
    found = discrepancy(rows[0], rows[1], cubic_kernel, clips=(["a"] * 4, ["b"] * 4))
    assert found.interval is None
