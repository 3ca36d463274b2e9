import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.agreement import (
    intraclass_correlation,
    krippendorff_alpha,
    unreliable_raters,
)
from audio_omni.evaluation.statistics.ratings import (
    crossed_bootstrap,
    paired_difference,
    summarise_ratings,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

tables = arrays(np.float64, (4, 3), elements=st.integers(1, 100).map(float))


def study(seed: int, items: int = 20, raters: int = 20) -> np.ndarray:
    generator = np.random.default_rng(seed)
    effects = generator.normal(0, 6, (items, 1)) + generator.normal(0, 4, (1, raters))
    return 70 + effects + generator.normal(0, 5, (items, raters))


def test_the_crossed_interval_is_wider_than_the_naive_one_and_covers():
    found = [summarise_ratings(study(seed), draws=500) for seed in range(40)]
    for each in found:
        assert each.interval[1] - each.interval[0] > 2 * each.half_width_iid
    assert sum(low <= 70 <= high for low, high in (each.interval for each in found)) >= 35
    assert sum(abs(each.mean - 70) <= each.half_width_iid for each in found) < 25


@settings(max_examples=40)
@given(tables)
def test_the_order_of_raters_and_items_changes_no_agreement(ratings):
    turned = ratings[::-1, ::-1]
    for measure in (krippendorff_alpha, intraclass_correlation):
        first, second = measure(ratings), measure(turned)
        assert (first is None) == (second is None)
        if first is not None:
            assert first == pytest.approx(second, abs=1e-6, rel=1e-6)
            assert first <= 1.0 + 1e-9


def test_agreement_by_pairs():
    """Krippendorff's definition: mean squared differences in an item, and of all pairs."""
    ratings = np.array([[1.0, 2.0, np.nan], [4.0, 4.0, 5.0], [2.0, np.nan, np.nan]])
    units = [[1.0, 2.0], [4.0, 4.0, 5.0]]
    values = [value for unit in units for value in unit]
    observed = sum(
        (a - b) ** 2 / (len(unit) - 1) for unit in units for a in unit for b in unit
    ) / len(values)
    expected = sum((a - b) ** 2 for a in values for b in values) / (len(values) * 4)
    assert krippendorff_alpha(ratings) == pytest.approx(1 - observed / expected)


def test_the_correlation_of_shrout_and_fleiss():
    """The table of their paper; ICC(2,4) is 0.62 there."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert intraclass_correlation(ratings) == pytest.approx(0.62, abs=0.005)


def test_full_agreement_is_one():
    ratings = np.tile([[10.0], [50.0], [90.0]], (1, 4))
    assert krippendorff_alpha(ratings) == 1.0
    assert intraclass_correlation(ratings) == pytest.approx(1.0)


def test_where_there_is_no_agreement_to_speak_of():
    assert krippendorff_alpha([[1.0, np.nan]]) is None
    assert krippendorff_alpha([[5.0, 5.0]]) is None
    assert intraclass_correlation([[5.0, np.nan], [1.0, 2.0]]) is None
    assert intraclass_correlation([[5.0, 5.0], [5.0, 5.0]]) is None


def test_missing_ratings_are_left_out():
    ratings = study(0)
    ratings[0, :] = np.nan
    ratings[1:4, 2] = np.nan
    found = summarise_ratings(ratings)
    assert (found.n_items, found.n_raters, found.n_ratings) == (19, 20, 377)
    assert found.mean == pytest.approx(np.nanmean(ratings))
    assert found.interval[0] < found.mean < found.interval[1]


def test_a_paired_difference_is_tighter_than_its_sides():
    first = study(3)
    second = first - 2.0 + np.random.default_rng(0).normal(0, 1, first.shape)
    found = paired_difference(first, second)
    assert found.mean == pytest.approx(2.0, abs=0.2)
    whole = summarise_ratings(first).interval
    assert found.interval[1] - found.interval[0] < 0.2 * (whole[1] - whole[0])


def test_one_rater_has_no_crossed_interval():
    assert crossed_bootstrap(np.ones((5, 1))) is None
    assert summarise_ratings([[70.0]]).std is None


def test_raters_who_prefer_the_anchor_are_found():
    references = np.full((10, 3), 90.0)
    anchors = np.full((10, 3), 20.0)
    anchors[:2, 1] = 95.0
    anchors[0, 2] = 95.0
    anchors[:, 0] = 90.0  # as good is not better
    assert unreliable_raters(references, anchors).tolist() == [False, True, False]


def test_what_is_no_table_is_refused():
    with pytest.raises(DataError, match=r"Got ratings of shape \(3,\)"):
        summarise_ratings([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="of finite numbers"):
        summarise_ratings([[np.nan]])
    with pytest.raises(DataError, match=r"ratings \(1, 2\) and \(1, 1\)"):
        paired_difference([[1.0, 2.0]], [[1.0]])
    with pytest.raises(DataError, match=r"reference ratings \(1, 2\) and anchor ratings \(1, 1\)"):
        unreliable_raters([[1.0, 2.0]], [[1.0]])
