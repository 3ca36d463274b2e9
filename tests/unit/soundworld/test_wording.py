import re
from itertools import pairwise
from statistics import median

import pytest
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.local_processor import CONTROL_TOKENS, train_vocabulary
from audio_omni.core.errors import DataError
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.languages.english import ENGLISH
from audio_omni.plugins.soundworld.languages.telling import APART_S
from audio_omni.plugins.soundworld.melody import tempo_word
from audio_omni.plugins.soundworld.moods import MOOD_LABELS, mood_of
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import BACKGROUNDS, KIND_OF, KINDS, TIMES

SCENES = ("add", "extract", "music", "remove", "sounds", "style_transfer")
ROWS = 300
IN_VOCABULARY = LocalThinkerConfig.model_fields["vocab"].default - len(CONTROL_TOKENS) - 1


def source(locator):
    return SoundworldSource(locator, SoundworldOptions())


@pytest.fixture(scope="module")
def scenes():
    world = source("sounds")
    return [(world.plan(i), world.row(i).fields["caption"].lower()) for i in range(ROWS)]


def place(event, text):
    """Where a caption speaks of an event, and the words it uses."""
    kind = KIND_OF[event.label]
    found = [(text.find(words), words) for words in kind.clauses + kind.nouns if words in text]
    assert found, f"{event.label} is missing from: {text}"
    return min(found)


def test_a_caption_names_every_event_and_the_background_and_nothing_else(scenes):
    for plan, text in scenes:
        for event in plan.events:
            place(event, text)
        assert any(words in text for pair in BACKGROUNDS[plan.background] for words in pair)
        present = {event.label for event in plan.events}
        for kind in KINDS:
            if kind.label not in present:
                assert not any(words in text for words in kind.clauses + kind.nouns), text


def test_words_of_order_follow_the_onsets(scenes):
    ordered = [(plan, text) for plan, text in scenes if re.search("then|followed", text)]
    assert len(ordered) > ROWS / 4
    for plan, text in ordered:
        assert all(b.onset - a.onset >= APART_S * plan.rate for a, b in pairwise(plan.events))
        places = [place(event, text)[0] for event in plan.events]
        assert places == sorted(places), text


def test_while_is_said_of_the_background_only(scenes):
    grounds = "|".join(ground for pairs in BACKGROUNDS.values() for _, ground in pairs)
    said = [text for _, text in scenes if "while" in text]
    assert said
    for text in said:
        assert re.search(f"while ({grounds})", text), text


def test_counts_are_those_of_the_hits(scenes):
    told = 0
    number = {words: count for count, words in TIMES.items()}
    for plan, text in scenes:
        for event in plan.events:
            start, words = place(event, text)
            rest = text[start + len(words) + 1 :]
            said = next((count for words, count in number.items() if rest.startswith(words)), None)
            assert said in (None, len(event.hits)), text
            told += said is not None
    assert told > ROWS / 10


@pytest.mark.parametrize("locator", ["music", "style_transfer"])
def test_a_melody_is_told_as_it_is_played(locator):
    world = source(locator)
    for i in range(100):
        melody, text = world.plan(i).melody, world.row(i).fields["caption"].lower()
        assert melody.instrument in text
        told_moods = [mood for mood in MOOD_LABELS if mood in text]
        told_bpm = re.search(r"(\d+) bpm", text)
        if told_moods:
            assert told_moods == [mood_of(melody)]
        else:
            assert melody.mode in text
            assert told_bpm or tempo_word(melody.bpm) in text
        assert told_bpm is None or int(told_bpm[1]) == melody.bpm
        beat = melody.notes[1].onset - melody.notes[0].onset
        assert 60 / (beat / 16000) == pytest.approx(melody.bpm, rel=1e-3)


def test_an_instruction_names_what_is_edited():
    for locator in ("add", "remove", "extract"):
        world = source(locator)
        for i in range(100):
            plan, fields = world.plan(i), world.row(i).fields
            assert fields["description"] in KIND_OF[plan.events[plan.edited].label].nouns
            bare = fields["description"].removeprefix("an ").removeprefix("a ")
            assert bare in fields["instruction"]
            known = locator != "add" and "this sound" not in fields["instruction"]
            assert (f"the {bare}" in fields["instruction"]) == known
    for i in range(100):
        fields = source("style_transfer").row(i).fields
        assert fields["source_category"] in fields["instruction"].lower()
        assert fields["target_category"] in fields["instruction"].lower()
        assert fields["source_category"] != fields["target_category"]


def test_wording_varies():
    sentences = ENGLISH.templates
    for templates in (sentences.one, sentences.in_order, sentences.together, sentences.music):
        assert len(set(templates)) >= 8


@pytest.mark.parametrize("locator", [*SCENES, "in_context"])
def test_sentences_are_short_english_in_single_tokens(locator):
    vocabulary, _ = train_vocabulary(IN_VOCABULARY)
    world, lengths = source(locator), []
    for i in range(ROWS):
        fields = world.row(i).fields
        text = fields.get("instruction", fields["caption"])
        lengths.append(len(text.split()))
        for sentence in {text, fields["caption"]}:
            assert re.fullmatch(r"[A-Z][^.{}]*\.", sentence)
            assert not re.search(r"\b[Aa] [aeiou]|\b[Aa]n [^aeiou]|\b(the|a|an) (the|a|an)\b", text)
            first, *others = re.findall(r"[A-Za-z]+", sentence)
            assert first in vocabulary, first
            assert all("Ġ" + word in vocabulary for word in others), sentence
    assert median(lengths) <= 14
    assert max(lengths) <= 24


@pytest.mark.parametrize("locator", ["add", "remove", "extract", "style_transfer"])
def test_rows_of_edits_may_leave_the_wording_to_their_task(locator):
    with_order = SoundworldSource(locator, SoundworldOptions())
    without = SoundworldSource(locator, SoundworldOptions(instructions=False))
    kept = {k: v for k, v in with_order.row(5).fields.items() if k != "instruction"}
    assert without.row(5).fields == kept
    assert without.digest() != with_order.digest()
    assert "instruction" not in without.held_out().row(0).fields


def test_rows_without_an_order_to_leave_out_say_so():
    for locator in ("sounds", "in_context"):
        with pytest.raises(DataError, match=r"got instructions = false.*add, remove, extract"):
            SoundworldSource(locator, SoundworldOptions(instructions=False))
