"""What differs between two texts, and which part of a recording that is."""

import pytest
from audio_omni.plugins.audioedit.providers.values import SpokenWord
from audio_omni.plugins.audioedit.voice.word_changes import (
    Change,
    changes,
    pace_of,
    plain_words,
    regions,
    syllables,
)

TIMES = (
    SpokenWord("The", 0.10, 0.30),
    SpokenWord("brave", 0.40, 0.80),
    SpokenWord("dog", 0.85, 1.15),
    SpokenWord("sleeps.", 1.40, 1.90),
)
OLD = [word.text for word in TIMES]


def parts(new, **options):
    given = {
        "seconds": 2.0, "seconds_per_syllable": 0.3, "pace": (0.6, 1.6), "widen_s": 0.08,
        "merge_s": 0.2,
    }  # fmt: skip
    return regions(changes(OLD, new), TIMES, new, **{**given, **options})


def flat(regions_):
    return [value for r in regions_ for value in (r.start_s, r.end_s, r.new_s)]


def test_changes_are_told_by_kind_and_place_marks_and_capitals_aside():
    assert changes(OLD, ["the", "brave", "dog,", "SLEEPS"]) == []
    assert changes(OLD, ["The", "dog", "sleeps."]) == [Change("delete", 1, 2, 1, 1)]
    assert changes(OLD, ["The", "wild", "dog", "sleeps."]) == [Change("replace", 1, 2, 1, 2)]
    new = ["The", "brave", "old", "dog", "wakes"]
    assert changes(OLD, new) == [Change("insert", 2, 2, 2, 3), Change("replace", 3, 4, 4, 5)]
    assert plain_words("Don\u2019t — stop, 'Bob'!") == ["don't", "stop", "bob"]


def test_a_replaced_word_lasts_its_syllables_at_the_old_ones_pace():
    """From the end of the word before to the start of the one behind, 80 ms wider on both sides."""
    found = parts(["The", "purple", "dog", "sleeps."])
    # the old word: 0.40 s for one syllable, within 0.6 … 1.6 of the speaker's 0.30 s
    assert flat(found) == pytest.approx([0.22, 0.93, 0.93 - 0.22 - 0.40 + 2 * 0.40])


@pytest.mark.parametrize(("own", "each"), [(0.1, 0.16), (0.9, 0.54), (0.3, 0.40)])
def test_the_pace_of_new_words_is_limited_by_the_speakers(own, each):
    (found,) = parts(["The", "purple", "dog", "sleeps."], seconds_per_syllable=own)
    assert found.new_s - (found.end_s - found.start_s) + 0.40 == pytest.approx(2 * each)


def test_a_deleted_word_leaves_its_pauses():
    assert flat(parts(["The", "dog", "sleeps."])) == pytest.approx([0.22, 0.93, 0.31])


def test_an_inserted_word_opens_the_gap_between_two():
    found = parts(["The", "brave", "dog", "often", "sleeps."])
    assert flat(found) == pytest.approx([1.07, 1.48, 0.41 + 2 * 0.3])


def test_a_part_at_an_edge_reaches_the_end_of_the_recording():
    assert flat(parts(["A", "brave", "dog", "sleeps."]))[:2] == pytest.approx([0.0, 0.48])
    assert flat(parts([*OLD[:3], "wakes"]))[:2] == pytest.approx([1.07, 2.0])
    assert flat(parts([*OLD, "now"]))[:2] == pytest.approx([1.82, 2.0])


def test_near_parts_become_one_and_what_lies_between_them_stays():
    new = ["A", "brave", "cat", "sleeps."]
    first, second = parts(new, merge_s=0.0)
    (both,) = parts(new, merge_s=0.3)
    assert both.start_s == first.start_s
    assert both.end_s == second.end_s
    between = second.start_s - first.end_s
    assert both.new_s == pytest.approx(first.new_s + between + second.new_s)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("dog", 1), ("brave", 1), ("purple", 2), ("window", 2), ("umbrella", 3), ("tree", 1),
        ("rhythm", 1), ("café", 2), ("the", 1), ("don't", 1), ("1999", 1), ("", 1), ("東京", 2),
        ("ひらがな", 4), ("привет", 2),
    ],
)  # fmt: skip
def test_syllables_are_about_right(word, count):
    assert syllables(word) == count


def test_pauses_are_no_part_of_a_pace():
    assert pace_of(TIMES) == pytest.approx((0.2 + 0.4 + 0.3 + 0.5) / 4)
