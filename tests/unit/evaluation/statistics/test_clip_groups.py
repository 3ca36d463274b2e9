import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.clip_groups import (
    GroupedGaussian,
    frechet_floor,
    frechet_interval,
    group_of,
)
from audio_omni.evaluation.statistics.frechet import frechet_distance
from audio_omni.evaluation.statistics.gaussian import Gaussian
from hypothesis import given, settings
from hypothesis import strategies as st


def grouped(seed: int, clips: int, width: int = 4, patches: int = 3, shift: float = 0.0):
    generator = np.random.default_rng(seed)
    found = GroupedGaussian(width)
    for number in range(clips):
        found.add(f"clip{number}", generator.normal(size=(patches, width)) + shift)
    return found


def test_a_group_follows_from_the_id_alone():
    assert group_of("clip0") == group_of("clip0")
    counts = np.bincount([group_of(f"clip{n}") for n in range(5000)], minlength=10)
    assert counts.min() > 400


@settings(deadline=None)  # the first state imports torch
@given(st.permutations(range(8)), st.integers(0, 8))
def test_shards_and_order_change_nothing(order, cut):
    clips = np.random.default_rng(0).normal(size=(8, 2, 3))
    whole, first, second = (GroupedGaussian(3) for _ in range(3))
    for number in range(8):
        whole.add(f"clip{number}", clips[number])
    for place, number in enumerate(order):
        (first if place < cut else second).add(f"clip{number}", clips[number])
    first.merge(GroupedGaussian.from_tensors(second.to_tensors()))
    assert first.count == whole.count == 16
    np.testing.assert_allclose(first.pooled().covariance(), whole.pooled().covariance(), atol=1e-12)


def test_the_interval_is_around_the_value_and_narrows_with_clips():
    def width(clips):
        sides = grouped(1, clips), grouped(2, clips, shift=0.5)
        low, high = frechet_interval(*sides)
        value = frechet_distance(sides[0].pooled(), sides[1].pooled()).value
        assert 0.0 <= low < value < high
        return high - low

    assert width(2000) < width(100) / 2


def test_the_interval_covers_the_distance_of_that_many_clips():
    """The mean over many draws lies in about 95 of 100 intervals."""
    found = []
    for seed in range(40):
        sides = grouped(seed, 200), grouped(1000 + seed, 200, shift=0.4)
        value = frechet_distance(sides[0].pooled(), sides[1].pooled()).value
        found.append((value, frechet_interval(*sides)))
    expected = np.mean([value for value, _ in found])
    assert sum(low <= expected <= high for _, (low, high) in found) >= 34


def test_too_few_clips_have_no_interval():
    assert frechet_interval(grouped(0, 1), grouped(1, 1)) is None


def test_the_floor_is_what_halves_of_one_set_differ_by():
    """Two sets of the reference's own distribution are as far apart as the floor says."""
    reference = grouped(3, 1000, width=16)
    others = [
        frechet_distance(grouped(seed, 1000, width=16).pooled(), reference.pooled()).value
        for seed in range(10, 15)
    ]
    assert frechet_floor(reference, 3000) == pytest.approx(np.mean(others), rel=0.3)
    assert frechet_floor(grouped(0, 1), 100) is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="Got 3 groups of clips to merge into 10"):
        GroupedGaussian(2).merge(GroupedGaussian(2, groups=3))
    with pytest.raises(DataError, match="Got 1 groups of clips; expected at least 2"):
        GroupedGaussian(2, groups=1)
    with pytest.raises(DataError, match="embeddings of 'a' hold NaN"):
        GroupedGaussian(1).add("a", [[float("nan")]])
    with pytest.raises(DataError, match="has the entry 'count'"):
        GroupedGaussian.from_tensors(Gaussian(2).to_tensors())
    with pytest.raises(DataError, match=r"has the groups \[0\]"):
        GroupedGaussian.from_tensors(
            {f"0.{key}": value for key, value in Gaussian(2).to_tensors().items()}
        )
    three = GroupedGaussian(4, groups=3)
    three.add("a", np.eye(4))
    with pytest.raises(DataError, match="unlike numbers of groups"):
        frechet_interval(grouped(0, 5), three)
