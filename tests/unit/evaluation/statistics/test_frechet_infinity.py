import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.frechet import frechet_distance
from audio_omni.evaluation.statistics.frechet_infinity import (
    LOW_R2,
    frechet_infinity,
    legacy_with_replacement,
    without_replacement,
)
from audio_omni.evaluation.statistics.gaussian import Gaussian


def normal(seed: int, rows: int, width: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, width))


def test_the_intercept_takes_the_bias_of_few_embeddings_off():
    generated, reference = normal(0, 4000), Gaussian.of(normal(1, 50_000))
    found = frechet_infinity(generated, reference, without_replacement(0), steps=15, min_n=100)
    biased = frechet_distance(Gaussian.of(generated[:100]), reference).value
    assert abs(found.value) < 0.1 * biased
    assert found.slope > 0.0
    assert [n for n, _ in found.points] == sorted(n for n, _ in found.points)


def test_draws_without_repetition_have_none():
    rows = without_replacement(3)(20, 20)
    assert sorted(rows) == list(range(20))
    assert len(set(legacy_with_replacement(3)(20, 20))) < 20


def test_a_seed_gives_the_same_line():
    rows, reference = normal(2, 300), Gaussian.of(normal(3, 300))
    first, second = (
        frechet_infinity(rows, reference, without_replacement(5), steps=4, min_n=100)
        for _ in range(2)
    )
    assert first == second


def test_points_that_are_no_line_are_flagged():
    found = frechet_infinity(
        normal(4, 130), Gaussian.of(normal(5, 130)), without_replacement(0), steps=5, min_n=100
    )
    assert found.r2 < 0.9
    assert found.flags == (LOW_R2,)


def test_too_few_embeddings_are_refused():
    with pytest.raises(DataError, match="Got 40 generated embeddings for 25 sizes from 500 on"):
        frechet_infinity(normal(0, 40), Gaussian.of(normal(1, 40)), without_replacement(0))
