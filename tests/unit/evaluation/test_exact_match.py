import pytest
from audio_omni.core.errors import RequestError
from audio_omni.core.metric import Answered
from audio_omni.evaluation.metrics.config import ExactMatchConfig
from audio_omni.evaluation.metrics.exact_match import ExactMatch, normalised_answer
from hypothesis import given
from hypothesis import strategies as st


def asked(right, said=""):
    return Answered(said, fields={"answer": right})


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("A dog.", "dog"),
        ("  the\n Dog!", "a dog"),
        ("steam-train", "Steam train"),
        ("It’s raining", "it's raining"),
        ("ﬁve", "five"),
        ("'drum'", "drum"),
    ],
)
def test_case_punctuation_and_articles_are_forgiven(said, right):
    assert ExactMatch().score(asked(right, said)) == 1.0


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("", "dog"),
        ("a dog barking", "dog"),
        ("2", "two"),
        ("first drum, then bell", "first bell, then drum"),
        ("steamtrain", "steam train"),
    ],
)
def test_nothing_else_is_forgiven(said, right):
    assert ExactMatch().score(asked(right, said)) == 0.0


def test_articles_can_count():
    strict = ExactMatch(ExactMatchConfig(articles=True))
    assert strict.score(asked("a dog", "dog")) == 0.0
    assert strict.score(asked("a dog", "A dog")) == 1.0


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalised_answer(text)
    assert normalised_answer(once) == once


@pytest.mark.parametrize("right", [None, "", "  ", 7])
def test_a_row_without_the_right_answer_is_refused(right):
    with pytest.raises(RequestError, match=r"needs fields\['answer'\]"):
        ExactMatch().score(asked(right, "dog"))


def test_a_right_answer_of_which_nothing_is_left_is_refused():
    with pytest.raises(RequestError, match="leaves nothing"):
        ExactMatch().score(asked("?!", "dog"))
