import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.cosine import cosine_similarity
from audio_omni.evaluation.statistics.divergence import (
    bernoulli_kl_divergence,
    kl_divergence,
    log_sigmoid,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

logits = arrays(np.float64, (3, 4), elements=st.floats(-50, 50))


@given(logits, logits)
def test_divergences_are_not_negative(generated, reference):
    assert kl_divergence(generated, reference).value >= -1e-12
    assert bernoulli_kl_divergence(generated, reference).value >= -1e-12


@given(logits)
def test_the_same_answer_is_at_no_distance(rows):
    assert kl_divergence(rows, rows).value == pytest.approx(0.0, abs=1e-12)
    assert kl_divergence(rows, rows + 3.0).value == pytest.approx(0.0, abs=1e-12)


@given(logits, logits)
def test_reverse_swaps_the_sides(generated, reference):
    there = kl_divergence(generated, reference, reverse=True)
    back = kl_divergence(reference, generated)
    np.testing.assert_array_equal(there.per_pair, back.per_pair)


def test_the_direction_is_from_the_reference():
    sure, unsure = np.array([[20.0, 0.0]]), np.array([[0.0, 0.0]])
    assert kl_divergence(unsure, sure).value == pytest.approx(np.log(2), rel=1e-6)
    assert kl_divergence(sure, unsure).value == pytest.approx(10 - np.log(2), rel=1e-6)


def test_epsilon_bounds_what_a_missing_class_costs():
    sure, other = np.array([[100.0, 0.0]]), np.array([[0.0, 100.0]])
    assert kl_divergence(other, sure).value == pytest.approx(100.0)
    assert kl_divergence(other, sure, epsilon=1e-6).value == pytest.approx(-np.log(1e-6), rel=1e-3)


def test_the_sigmoid_variant_is_no_divergence():
    low, high = np.full((1, 3), -1.0), np.full((1, 3), 1.0)
    assert kl_divergence(high, low, activation="sigmoid").value < 0.0
    assert bernoulli_kl_divergence(high, low).value > 0.0


def test_sigmoids_far_out_stay_finite():
    np.testing.assert_allclose(log_sigmoid(np.array([-1000.0, 1000.0])), [-1000.0, 0.0])


def test_the_interval_is_over_pairs():
    generator = np.random.default_rng(0)
    found = kl_divergence(generator.normal(size=(50, 6)), generator.normal(size=(50, 6)))
    assert found.interval[0] < found.value < found.interval[1]
    assert found.value == pytest.approx(found.per_pair.mean())
    assert kl_divergence(np.ones((1, 2)), np.ones((1, 2))).interval is None


def test_what_is_no_pair_is_refused():
    with pytest.raises(DataError, match=r"Got \(2, 3\) generated and \(3, 3\) reference logits"):
        kl_divergence(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(DataError, match="generated logits hold NaN"):
        kl_divergence(np.full((2, 3), np.nan), np.ones((2, 3)))
    with pytest.raises(DataError, match="Got 0 generated logits"):
        kl_divergence(np.ones((0, 3)), np.ones((0, 3)))


@given(logits, logits)
def test_cosines_are_bounded_and_symmetric(first, second):
    found = cosine_similarity(first, second)
    assert np.all(np.abs(found.per_pair) <= 1.0 + 1e-12)
    np.testing.assert_allclose(found.per_pair, cosine_similarity(second, first).per_pair)


def test_an_embedding_of_zeros_scores_zero():
    found = cosine_similarity([[0.0, 0.0], [3.0, 4.0]], [[1.0, 2.0], [6.0, 8.0]])
    np.testing.assert_allclose(found.per_pair, [0.0, 1.0])
