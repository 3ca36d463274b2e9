"""Every rater hears everything once; every clip meets every place equally often."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from audio_omni.evaluation.study.orders import balanced_rows, draw_orders, latin_square
from hypothesis import given, settings
from hypothesis import strategies as st

SIZES = {"raters": st.integers(1, 25), "items": st.integers(1, 21), "clips": st.integers(1, 9)}


def spread(counts: Counter, things: int) -> int:
    """The most and the least often that one of ``things`` occurs, apart."""
    found = [*counts.values(), *[0] * (things - len(counts))]
    return max(found) - min(found)


@settings(deadline=None, max_examples=50)
@given(**SIZES, seed=st.integers(0, 2**32))
def test_every_rater_hears_every_clip_of_every_item_once(raters, items, clips, seed):
    orders = draw_orders(raters, items, clips, np.random.default_rng(seed))
    assert len(orders) == raters
    for screens in orders:
        assert sorted(screen.item for screen in screens) == list(range(items))
        assert all(sorted(screen.clips) == list(range(clips)) for screen in screens)


@settings(deadline=None, max_examples=50)
@given(**SIZES, seed=st.integers(0, 2**32))
def test_every_clip_stands_in_every_place_equally_often_up_to_one(raters, items, clips, seed):
    orders = draw_orders(raters, items, clips, np.random.default_rng(seed))
    for place in range(clips):
        whole = Counter()
        by_item = [Counter() for _ in range(items)]
        for screens in orders:
            own = Counter(screen.clips[place] for screen in screens)
            assert spread(own, clips) <= 1
            whole += own
            for screen in screens:
                by_item[screen.item][screen.clips[place]] += 1
        assert spread(whole, clips) <= 1
        assert all(spread(counts, clips) <= 1 for counts in by_item)


@settings(deadline=None, max_examples=50)
@given(**SIZES, seed=st.integers(0, 2**32))
def test_every_item_stands_in_every_place_equally_often_up_to_one(raters, items, clips, seed):
    orders = draw_orders(raters, items, clips, np.random.default_rng(seed))
    for place in range(items):
        assert spread(Counter(screens[place].item for screens in orders), items) <= 1


@settings(deadline=None, max_examples=50)
@given(raters=st.integers(1, 40), items=st.integers(1, 40), size=st.integers(1, 12))
def test_rows_of_a_square_are_met_equally_often_up_to_one(raters, items, size):
    rows = np.array(balanced_rows(raters, items, size))
    for part in [*rows, *rows.T, rows.ravel()]:
        assert spread(Counter(part.tolist()), size) <= 1


@pytest.mark.parametrize("size", range(1, 10))
def test_squares_are_latin(size):
    square = np.array(latin_square(size))
    for line in [*square, *square.T]:
        assert sorted(line) == list(range(size))


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_in_even_squares_every_number_follows_every_other_once(size):
    pairs = [pair for row in latin_square(size) for pair in pairwise(row)]
    assert sorted(pairs) == [(a, b) for a in range(size) for b in range(size) if a != b]


def test_a_seed_draws_the_same_orders_again_and_another_seed_others():
    drawn = [draw_orders(3, 5, 4, np.random.default_rng(seed)) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]
