from audio_omni.plugins.demo.full.measuring import one_cycle
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(2, 200), st.integers(0, 2**32 - 1))
def test_every_row_gets_the_clip_of_another_and_every_clip_is_used(count, seed):
    others = one_cycle(count, seed)
    assert sorted(others) == list(range(count))
    assert all(other != row for row, other in enumerate(others))
    assert others == one_cycle(count, seed)


def test_rows_of_a_sorted_manifest_are_compared_with_other_kinds():
    """Of 8 kinds of 4 rows each, 3 of the 31 others are of one's own kind."""
    same = [
        other // 4 == row // 4 for s in range(200) for row, other in enumerate(one_cycle(32, s))
    ]
    assert abs(sum(same) / len(same) - 3 / 31) < 0.02


def test_one_row_is_its_own():
    assert one_cycle(1, 0) == [0]
