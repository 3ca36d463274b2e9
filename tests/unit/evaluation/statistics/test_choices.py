import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.choices import (
    accuracy,
    accuracy_by_group,
    check_choices,
    mmau_match,
    mmsu_letter,
    parse_letter,
)
from hypothesis import given, settings
from hypothesis import strategies as st

CHOICES = {"A": "Wind", "B": "Engine", "C": "Rain on a roof", "D": "Dog"}


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        ("Rain on a roof", True),
        ("It is rain, on a metal roof.", True),
        ("roof a on rain", True),
        ("rain roof", False),
        ("Rain on a roof, no dog", False),
        ("", False),
        (None, False),
    ],
)
def test_the_official_match_of_mmau(prediction, right):
    assert mmau_match(prediction, CHOICES["C"], list(CHOICES.values())) is right


@settings(max_examples=40)
@given(st.text())
def test_any_text_is_read_or_not_but_never_by_chance(text):
    first, second = (parse_letter(text, CHOICES) for _ in range(2))
    assert first == second
    assert first is None or first in CHOICES
    assert mmsu_letter(text) == mmsu_letter(text)


@pytest.mark.parametrize(
    ("response", "letter"),
    [
        ("C", "C"),
        ("The answer is (B).", "B"),
        ("(A) and (C)", "C"),
        ("A or B", "B"),
        ("B. Engine", "B"),
        ("option b", None),
        ("I do not know", None),
        (None, None),
        ("I am sure that this is the rain on a roof", "C"),
    ],
)
def test_letters_are_read(response, letter):
    assert parse_letter(response, CHOICES) == letter


def test_of_several_in_brackets_the_other_rule_takes_the_first():
    assert parse_letter("(A) and (C)", CHOICES, rule="mmau") == "A"


@pytest.mark.parametrize(
    ("response", "letter", "counted"),
    [
        ("The answer is A.", "A", True),
        ("The answer is A", None, False),
        ("Because", "B", True),
        ("", None, True),
        (None, None, True),
        ("None", None, True),
    ],
)
def test_the_official_parse_of_mmsu(response, letter, counted):
    parsed = mmsu_letter(response)
    assert (parsed.letter, parsed.counted) == (letter, counted)


def test_the_strict_accuracy_counts_every_question():
    right, counted = [True, None, False, None], [True, False, True, True]
    strict, official = accuracy(right), accuracy(right, counted)
    assert (strict.value, strict.unparsed) == (0.25, 2)
    assert (official.correct, official.counted) == (1, 3)
    assert accuracy([None], [False]).value is None


def test_groups_are_counted_apart():
    found = accuracy_by_group([True, False, True], ["music", "speech", "music"])
    assert {name: group.value for name, group in found.items()} == {"music": 1.0, "speech": 0.0}


def test_an_answer_file_of_other_questions_is_refused():
    expected = {"q1": ["Wind", "Rain"], "q2": ["Dog", "Cat"]}
    check_choices(expected, {"q2": ["Cat", "Dog"], "q1": ["Wind", "Rain"]})
    with pytest.raises(DataError, match=r"other choices than the benchmark, first 'q1': got \['W"):
        check_choices(expected, {**expected, "q1": ["Wind", "Snow"]})
    with pytest.raises(DataError, match="1 questions of the answer file are missing, first 'q2'"):
        check_choices(expected, {"q1": ["Wind", "Rain"]})
    with pytest.raises(DataError, match="1 questions of the answer file are not in the benchmark"):
        check_choices(expected, {**expected, "q3": ["a"]})


def test_marks_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="Got 0 answers"):
        accuracy([])
    with pytest.raises(DataError, match="Got 1 groups for 2 answers"):
        accuracy_by_group([True, False], ["a"])
