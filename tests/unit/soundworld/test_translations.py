import re

import pytest
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.languages.table import BOOKS
from audio_omni.plugins.soundworld.languages.telling import tell
from audio_omni.plugins.soundworld.languages.translation import ASKED
from audio_omni.plugins.soundworld.locators.table import LOCATORS
from audio_omni.plugins.soundworld.moods import mood_of
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import BACKGROUNDS, KIND_OF, TIMES
from audio_omni.plugins.soundworld.words import vocabulary_words
from audio_omni.tasks.understanding import Understanding
from hypothesis import given, settings
from hypothesis import strategies as st

INDICES = st.integers(0, 99_999)


def world(locator="translations", **options):
    return SoundworldSource(locator, SoundworldOptions(**options))


@settings(max_examples=200, deadline=None)
@given(INDICES)
def test_the_answer_holds_what_the_question_tells(index):
    row, plan = world().row(index), world().plan(index)
    told = tell(plan.scene, BOOKS[row.truth["language"]])
    assert told.text in row.fields["question"]
    said, bed = row.fields["answer"].removesuffix(".").rsplit(", over ", 1)
    assert bed == BACKGROUNDS[plan.scene.background][0][0]
    (melody_is_told if plan.scene.melody else events_are_told)(said.lower(), plan.scene, told)


def events_are_told(said, scene, told):
    clauses = re.split(r", then | and ", said)
    for clause, event, count in zip(clauses, scene.events, told.counts, strict=True):
        times = "" if count is None else f" {TIMES[count]}"
        assert count in (None, len(event.hits))
        assert clause == KIND_OF[event.label].clauses[0] + times
    assert (", then " in said) == (len(clauses) > 1 and bool(re.search(ORDER, told.text)))


ORDER = "then|followed|dann|danach|luego|después"


def melody_is_told(said, scene, told):
    melody = scene.melody
    assert f"on the {melody.instrument}" in said
    assert (f"{melody.bpm} bpm" in said) == (str(melody.bpm) in told.text)
    assert (melody.mode in said) == ("{mode}" in told.template)
    mood = mood_of(melody)
    assert (mood is not None and mood in said) == ("{mood}" in told.template)


def test_languages_and_wordings_are_as_likely():
    rows = [world().row(i) for i in range(600)]
    languages = [row.truth["language"] for row in rows]
    assert all(150 < languages.count(language) < 250 for language in BOOKS)
    plain = sum(not re.search("English", row.fields["question"]) for row in rows)
    assert 0.15 < plain / len(rows) < 0.35
    assert len(ASKED) == 4
    assert sum(bool(row.fields["answer"].count(" melody on ")) for row in rows) > 200


def test_one_plan_has_one_answer_in_every_language():
    """Captions are asked for in one language each; told in the others, they say the same."""
    from audio_omni.plugins.soundworld.languages.translation import plain_english

    for index in range(100):
        scene = world().plan(index).scene
        assert len({plain_english(scene, tell(scene, book)) for book in BOOKS.values()}) == 1


def test_rows_have_nothing_to_hear_and_become_examples():
    row = world().row(3)
    assert row.audio is None
    assert row.media == {}
    example = Understanding().to_example(row)
    assert row.fields["question"] in example.payloads["prompt"].text
    assert example.answer == row.fields["answer"]
    assert row.truth["skill"] == "translation"


def test_held_out_captions_are_others():
    here = {world().row(i).fields["question"] for i in range(200)}
    there = {world().held_out().row(i).fields["question"] for i in range(200)}
    assert len(here & there) < 10


@pytest.mark.parametrize("locator", sorted(LOCATORS))
def test_every_word_of_every_row_is_listed(locator):
    """What speakers say is another matter: transcripts are spelt, character by character."""
    for language in BOOKS if locator in ("sounds", "music") else ("en",):
        source = world(locator, language=language)
        listed = {word.lower() for word in vocabulary_words(language)}
        if locator in ("translations", "requests"):
            listed = {word.lower() for code in BOOKS for word in vocabulary_words(code)}
        for index in range(150):
            fields = source.row(index).fields
            said = [fields.get(key, "") for key in ("caption", "instruction", "description")]
            said += [fields.get("question", ""), fields.get("answer", "")]
            text = " ".join([*said, *fields.get("choices", ())]).lower()
            assert set(re.findall(r"[^\W\d_]+", text)) <= listed


def test_words_of_a_language_are_its_own():
    german, spanish = vocabulary_words("de"), vocabulary_words("es")
    assert {"Glocke", "während", "dreimal", "fröhliche"} <= set(german)
    assert {"campana", "mientras", "veces", "alegre"} <= set(spanish)
    assert not any("|" in word or "{" in word for word in german + spanish)
    assert "English" not in german
