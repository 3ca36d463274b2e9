import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.pairing import pair_ids
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text(min_size=1), unique=True, min_size=1), st.randoms())
def test_any_order_is_joined_in_that_of_the_references(ids, random):
    shuffled = list(ids)
    random.shuffle(shuffled)
    found = pair_ids(shuffled, ids)
    assert [pair.id for pair in found.pairs] == ids
    assert all(shuffled[p.generated] == ids[p.reference] for p in found.pairs)


def test_what_only_one_side_has_is_listed():
    with pytest.raises(
        DataError, match=r"1 are on both sides; missing 'b'; extra 'x', 'y', 'z' and 1"
    ):
        pair_ids(["a", "x", "y", "z", "w"], ["a", "b"])


def test_what_is_left_out_is_reported():
    found = pair_ids(["c", "x"], ["a", "c"], allow_missing=True)
    assert ([p.id for p in found.pairs], found.missing, found.extra) == (["c"], ("a",), ("x",))


def test_no_pair_at_all_is_an_error_even_then():
    with pytest.raises(DataError, match="0 are on both sides; missing 'a'; extra 'b'"):
        pair_ids(["b"], ["a"], allow_missing=True)


def test_an_id_that_comes_twice_is_refused_unless_a_tool_is_imitated():
    with pytest.raises(DataError, match="1 generated ids come more than once: 'a'"):
        pair_ids(["a", "a"], ["a"])
    found = pair_ids(["a", "a"], ["a"], repeated="last")
    assert found.pairs[0].generated == 1
