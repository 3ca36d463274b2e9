import re
from dataclasses import replace

import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.instruments import INSTRUMENT_LABELS
from audio_omni.plugins.soundworld.languages.table import BOOKS
from audio_omni.plugins.soundworld.languages.telling import tell
from audio_omni.plugins.soundworld.moods import MOOD_LABELS, mood_of
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import BACKGROUND_LABELS, EVENT_LABELS
from hypothesis import given, settings
from hypothesis import strategies as st

OTHERS = ("de", "es")
INDICES = st.integers(0, 99_999)


def source(locator, language="en"):
    return SoundworldSource(locator, SoundworldOptions(language=language))


def words(book, label):
    """How a language may speak of an event, without the places that are filled."""
    spoken = book.events[label]
    whole = [re.escape(noun) for noun in spoken.nouns]
    for clause in spoken.clauses:
        subject, verb, rest = clause.split("|") if "|" in clause else (clause, "", "")
        times = "|".join(book.times.values())
        parts = f"({subject} {verb}|{verb} {subject})" if verb else subject
        whole.append(rf"{parts}( ({times}))?( {rest})?" if rest else parts)
    return re.compile("|".join(whole), re.IGNORECASE)


@pytest.mark.parametrize("language", sorted(BOOKS))
def test_a_book_has_words_for_all_there_is(language):
    book = BOOKS[language]
    assert tuple(book.events) == EVENT_LABELS
    assert set(book.backgrounds) == set(BACKGROUND_LABELS)
    assert set(book.instruments) == set(INSTRUMENT_LABELS)
    assert set(book.moods) == set(MOOD_LABELS)
    assert set(book.times) == set(BOOKS["en"].times)


@pytest.mark.parametrize("language", OTHERS)
def test_a_book_says_as_many_things_as_the_english_one(language):
    """Else the same draw would tell other facts, and answers would differ between languages."""
    book, english = BOOKS[language], BOOKS["en"]
    for label, spoken in english.events.items():
        assert len(set(book.events[label].nouns)) == len(spoken.nouns)
        assert len(set(book.events[label].clauses)) == len(spoken.clauses)
    for label, pairs in english.backgrounds.items():
        assert len(set(book.backgrounds[label])) == len(pairs)
    for kind in vars(english.templates):
        here, there = getattr(book.templates, kind), getattr(english.templates, kind)
        assert len(set(here)) == len(there)
        for template, model in zip(here, there, strict=True):
            assert facts_of(template) == facts_of(model), template


def facts_of(template):
    return {fact for fact in ("tempo", "mode", "bpm", "mood") if f"{{{fact}}}" in template}


@settings(max_examples=60, deadline=None)
@given(INDICES, st.sampled_from(OTHERS))
def test_every_event_is_named_and_no_other(index, language):
    plan, book = source("sounds", language).plan(index), BOOKS[language]
    text = tell(plan, book).text
    present = {event.label for event in plan.events}
    for label in EVENT_LABELS:
        assert bool(words(book, label).search(text)) == (label in present), (label, text)
    assert any(
        said.lower() in text.lower() for pair in book.backgrounds[plan.background] for said in pair
    )


@settings(max_examples=60, deadline=None)
@given(INDICES, st.sampled_from(OTHERS))
def test_a_melody_is_told_as_it_is(index, language):
    plan, book = source("music", language).plan(index), BOOKS[language]
    told, melody = tell(plan, book), plan.melody
    text = told.text.lower()
    assert book.instruments[melody.instrument].name.lower() in text
    moods = [label for label, word in book.moods.items() if word in text]
    assert moods == ([mood_of(melody)] if "{mood}" in told.template else [])
    if "{mode}" in told.template:
        modes = re.findall(r"\b(dur|moll|mayor|menor)\b", text)
        assert modes == [book.modes[melody.mode].lower()]
    assert re.findall(r"\d+", text) == ([str(melody.bpm)] if "{bpm}" in told.template else [])


@settings(max_examples=60, deadline=None)
@given(INDICES, st.sampled_from(OTHERS), st.sampled_from(["sounds", "music"]))
def test_the_scene_is_the_same_and_says_the_same_in_every_language(index, language, locator):
    plan, other = source(locator).plan(index), source(locator, language).plan(index)
    assert replace(other, language="en") == plan
    here, there = tell(plan, BOOKS["en"]), tell(other, BOOKS[language])
    assert there.text != here.text
    assert there.counts == here.counts
    assert facts_of(there.template) == facts_of(here.template)


@pytest.mark.parametrize("language", sorted(BOOKS))
def test_sentences_are_sentences(language):
    for locator in ("sounds", "music"):
        world, seen = source(locator, language), set()
        for index in range(200):
            caption = world.row(index).fields["caption"]
            assert re.fullmatch(r"[A-ZÁÉÍÓÚÑÄÖÜ][^.{}|]*[^ .,;]\.", caption), caption
            assert not re.search(r"  | [,.;]|None", caption), caption
            seen.add(caption)
        assert len(seen) > 195


def test_german_verbs_come_second():
    book = BOOKS["de"]
    plans = [source("sounds", "de").plan(i) for i in range(400)]
    turned = [t.text for t in (tell(p, book) for p in plans) if t.template.startswith("Während")]
    verbs = {c.split("|")[1] for spoken in book.events.values() for c in spoken.clauses}
    assert len(turned) > 10
    for text in turned:
        assert text.split(", ")[1].split()[0] in verbs, text


def test_then_turns_a_german_clause_round():
    plans = [source("sounds", "de").plan(i) for i in range(400)]
    told = [t.text for t in (tell(p, BOOKS["de"]) for p in plans) if "clauses_then" in t.template]
    verbs = {c.split("|")[1] for spoken in BOOKS["de"].events.values() for c in spoken.clauses}
    assert told
    for text in told:
        assert all(rest.split()[0] in verbs for rest in text.split(", dann ")[1:]), text


def test_rows_in_two_languages_have_two_names():
    assert source("sounds").row(3).id != source("sounds", "de").row(3).id
    assert source("sounds").digest() != source("sounds", "de").digest()


def test_a_locator_without_other_languages_says_so():
    with pytest.raises(DataError, match=r"no captions in 'de'.*choose one of sounds, music"):
        source("impacts", "de")
