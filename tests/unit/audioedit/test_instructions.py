"""Wordings of edits: what they are made of, which are allowed, and that they can be repeated."""

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.records import Instruction
from audio_omni.plugins.audioedit.words.instructions import (
    is_held_out,
    languages,
    says_when,
    slots_of,
    templates,
    word,
)
from audio_omni.plugins.audioedit.words.table import esc50_words

DOG, CAT, STEPS = (esc50_words(n).words for n in ("dog", "cat", "footsteps"))
TASKS = ("add", "remove", "extract", "style")


def wordings(task, slots, split="train", draws=400):
    rng = np.random.default_rng(0)
    return {i.template: i for i in (word(task, slots, rng=rng, split=split) for _ in range(draws))}


def test_every_task_has_fourteen_wordings_two_of_them_held_out():
    for task in TASKS:
        found = templates("en")[task]
        assert len(found) == len({t.id for t in found}) == len({t.text for t in found}) == 14
        assert sum(t.held_out for t in found) == 2


def test_held_out_wordings_are_for_the_test_split_alone():
    slots = slots_of(DOG, object_to=CAT, onset_s=4.0, clip_seconds=10.0)
    for task in TASKS:
        held_out = {t.id for t in templates()[task] if t.held_out}
        assert not held_out & set(wordings(task, slots))
        assert not held_out & set(wordings(task, slots, "validation"))
        assert held_out <= set(wordings(task, slots, "test"))


def test_all_braces_are_filled_and_sentences_begin_with_a_capital():
    slots = slots_of(DOG, object_to=CAT, onset_s=4.2, clip_seconds=10.0)
    for task in TASKS:
        found = wordings(task, slots, "test")
        assert len(found) == 14
        for one in found.values():
            assert "{" not in one.text
            assert one.text[0].isupper()
            assert one.text[-1] in ".?"
            assert one.slots == slots


def test_no_wording_speaks_of_time_unless_it_is_known():
    slots = slots_of(DOG)
    assert slots.when is None
    assert not {"add-11", "add-12"} & set(wordings("add", slots, "test"))
    assert "remove-12" in wordings("remove", slots_of(DOG, onset_s=2.0, clip_seconds=10.0))


@pytest.mark.parametrize(
    ("onset", "when"),
    [
        (0.0, "early on"),
        (3.3, "early on"),
        (3.4, "about halfway"),
        (6.6, "about halfway"),
        (6.7, "near the end"),
        (10.0, "near the end"),
    ],
)
def test_thirds_of_a_clip(onset, when):
    assert slots_of(DOG, onset_s=onset, clip_seconds=10.0).when == when


@pytest.mark.parametrize(("onset", "spoken"), [(2.26, "2.5"), (2.24, "2"), (0.3, "0.5")])
def test_seconds_are_told_to_the_half(onset, spoken):
    found = wordings("add", slots_of(DOG, onset_s=onset, clip_seconds=10.0))
    assert found["add-12"].text == f"Start a dog barking around {spoken} seconds in."


@pytest.mark.parametrize("onset", [0.1, 0.9, 1.2])
def test_nothing_is_said_to_start_around_1_seconds(onset):
    assert "add-12" not in wordings("add", slots_of(DOG, onset_s=onset, clip_seconds=10.0))


def test_pronouns_agree():
    assert "Give me the barking dog by itself." in {
        i.text for i in wordings("extract", slots_of(DOG)).values()
    }
    assert "Pull the footsteps out on their own." in {
        i.text for i in wordings("extract", slots_of(STEPS)).values()
    }


def test_style_transfer_names_the_new_sound():
    found = wordings("style", slots_of(DOG, object_to=CAT))
    assert found["style-14"].text == "A cat meowing in place of the barking dog."
    with pytest.raises(DataError, match=r"No wording of 'style'.*expected object_to"):
        word("style", slots_of(DOG), rng=np.random.default_rng(0), split="train")


def test_equal_streams_give_equal_words():
    slots = slots_of(DOG)
    one, two = (word("add", slots, rng=np.random.default_rng(7)) for _ in range(2))
    assert one == two


def test_an_unknown_language_lists_those_there_are():
    assert languages() == ["de", "en"]
    with pytest.raises(
        DataError, match=r"no wordings in 'dx'.*Expected one of de, en, or a language"
    ):
        templates("dx")


@pytest.mark.parametrize(
    ("definite", "is_of_many"),
    [
        ("the footsteps", True),
        ("the sea waves", True),
        ("the birds in a tree", True),
        ("the sound of sawing logs", False),
        ("the barking dog", False),
        ("the people", True),
        ("the breaking glass", False),
    ],
)
def test_the_noun_decides_between_one_and_many(definite, is_of_many):
    slots = slots_of(DOG.model_copy(update={"definite": definite}))
    own = "themselves" if is_of_many else "itself"
    assert wordings("extract", slots)["extract-04"].text == f"Give me {definite} by {own}."


def test_what_ships_tells_by_its_slots_whether_it_says_when():
    slots = slots_of(DOG, onset_s=2.6, clip_seconds=10.0)
    timed = {i.template for i in wordings("add", slots, "test").values() if says_when(i)}
    assert timed == {"add-11", "add-12"}


def test_a_wording_of_somebody_elses_language_tells_by_its_text():
    slots = slots_of(DOG, onset_s=2.6, clip_seconds=10.0).model_copy(update={"when": "au début"})

    def said(text):
        return Instruction(text=text, lang="fr", template="add-3", slots=slots)

    assert says_when(said("Au début, mets un chien."))
    assert says_when(said("Mets un chien après 2,5 secondes."))
    assert not says_when(said("Mets un chien."))
    assert not is_held_out(said("Mets un chien."))


def test_wordings_that_are_held_out_are_told():
    slots = slots_of(DOG)
    unseen = {i.template for i in wordings("add", slots, "test").values() if is_held_out(i)}
    assert unseen == {"add-07", "add-09"}
