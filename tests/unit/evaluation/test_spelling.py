import pytest
from audio_omni.evaluation.spelling import LETTERS, edit_distance, spelled
from hypothesis import given
from hypothesis import strategies as st

words = st.text(alphabet="abc", max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don’t  stop!", "don't stop"),
        ("twenty-one", "twenty one"),
        ("a\tb\n", "a b"),
        ("café 42", "caf"),
        ("", ""),
    ],
)
def test_spelling(text, expected):
    assert spelled(text) == expected


@given(st.text())
def test_what_is_spelled_has_letters_only_and_stays(text):
    once = spelled(text)
    assert set(once) <= set(LETTERS)
    assert spelled(once) == once


@pytest.mark.parametrize(
    ("said", "meant", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("ab", "ba", 2)],
)
def test_known_distances(said, meant, distance):
    assert edit_distance(said, meant) == distance


@given(words, words, words)
def test_it_is_a_distance(a, b, c):
    there = edit_distance(a, b)
    assert there == edit_distance(b, a)
    assert (there == 0) == (a == b)
    assert abs(len(a) - len(b)) <= there <= max(len(a), len(b))
    assert edit_distance(a, c) <= there + edit_distance(b, c)
