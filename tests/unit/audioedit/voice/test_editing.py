"""Which words are taken out, put in and replaced, and where."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import spoken_corpus
from audio_omni.plugins.audioedit.providers.contract import (
    Aligner,
    ProviderFailure,
    Refusal,
    SpokenWord,
)
from audio_omni.plugins.audioedit.providers.given_words import folded
from audio_omni.plugins.audioedit.voice.aligning import align_all
from audio_omni.plugins.audioedit.voice.config import EditingConfig
from audio_omni.plugins.audioedit.voice.editing import plan_edits
from audio_omni.plugins.audioedit.voice.new_words import written_as
from audio_omni.plugins.audioedit.voice.other_words import OtherWords
from audio_omni.plugins.audioedit.voice.reasons import REASONS
from audio_omni.plugins.audioedit.voice.screening import Heard
from audio_omni.plugins.audioedit.voice.utterances import Utterance


def timed(number, text, speaker="anna"):
    """A recording whose words each last 0.3 s, with 0.1 s around them."""
    name = f"{speaker}-{number}"
    told = Utterance(name, f"{name}.wav", text, speaker, language="en")
    words = [SpokenWord(word, 0.1 + 0.4 * i, 0.4 + 0.4 * i) for i, word in enumerate(text.split())]
    seconds = 0.1 + 0.4 * len(words)
    return Heard(told, f"{number:064x}", seconds, seconds, 16000, 1, 40.0, 8000), tuple(words)


def corpus():
    return [
        timed(number, text.capitalize(), speaker)
        for speaker in ("anna", "boris")
        for number, text in enumerate(spoken_corpus.SENTENCES, 6 * (speaker == "boris"))
    ]


def plan(recordings, **options):
    return plan_edits(recordings, EditingConfig(**options))


def test_each_recording_gives_one_pair_and_operations_take_turns():
    planned = plan(corpus())
    assert planned.made == {"delete": 4, "replace": 4, "insert": 4}
    assert len({pair.recordings["source"] for pair in planned.pairs}) == 12
    assert plan(corpus(), pairs=5).made == {"delete": 2, "replace": 2, "insert": 1}
    assert plan(corpus(), operations=("insert",)).made == {"insert": 12}


def test_texts_differ_by_the_word_that_is_told_and_parts_lie_in_the_recording():
    recordings = {heard.id: heard for heard, _ in corpus()}
    for pair in plan(corpus()).pairs:
        facts, heard = pair.facts, recordings[pair.recordings["source"]]
        old, new = facts["source_transcript"].split(), facts["transcript"].split()
        assert " ".join(old) == heard.told.text
        grown = {"delete": -1, "replace": 0, "insert": 1}[facts["operation"]]
        assert len(new) - len(old) == grown
        assert len(facts["edited_words"]) == (facts["operation"] != "delete")
        assert len(facts["removed_words"]) == (facts["operation"] != "insert")
        assert set(facts["edited_words"]) <= set(new)
        assert set(facts["removed_words"]) <= set(old)
        assert 0 <= facts["start_seconds"] < facts["end_seconds"] <= heard.seconds
        assert facts["new_seconds"] >= 0.05
        assert facts["reference_transcript"] == facts["source_transcript"]


def test_new_words_are_of_the_corpus_and_not_of_the_sentence():
    known = {word for text in spoken_corpus.SENTENCES for word in text.split()}
    for pair in plan(corpus()).pairs:
        old = pair.facts["source_transcript"].lower().split()
        for word in pair.facts["edited_words"]:
            assert folded(word) in known
            assert folded(word) not in old


def test_the_order_of_recordings_changes_nothing_and_the_seed_does():
    assert plan(corpus()) == plan(corpus()[::-1])
    assert plan(corpus(), seed=1).pairs != plan(corpus()).pairs


def test_a_word_that_its_neighbour_repeats_is_not_taken_out():
    planned = plan([timed(0, "no no no no go")], operations=("delete",))
    (pair,) = planned.pairs
    assert pair.facts["removed_words"] == ["go"]


def test_results_last_no_longer_than_a_models_clips():
    recordings = corpus()
    seconds = {heard.id: heard.seconds for heard, _ in recordings}
    planned = plan(recordings, longest_seconds=2.2)
    kept = {pair.recordings["source"] for pair in planned.pairs}
    assert kept
    assert all(seconds[name] <= 2.2 for name in kept)
    assert {r.id for r in planned.rejected} >= {name for name in seconds if seconds[name] > 2.2}
    for pair in planned.pairs:
        facts = pair.facts
        made = seconds[pair.recordings["source"]] + facts["new_seconds"]
        assert made - facts["end_seconds"] + facts["start_seconds"] <= 2.2 + 1e-6


def test_two_words_are_too_few():
    planned = plan([timed(0, "hello there"), timed(1, "the old boat floats")])
    assert Counter(r.reason for r in planned.rejected) == {"no_edit": 1}
    assert set(Counter(r.reason for r in planned.rejected)) <= set(REASONS)
    assert len(planned.pairs) == 1


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("dog.", "cat", "cat."),
        ("“Dog", "cat", "“Cat"),
        ("DOG!", "cat", "CAT!"),
        ("I", "we", "We"),
        ("A", "the", "The"),
    ],
)
def test_a_word_is_written_as_the_one_that_it_replaces(old, new, written):
    assert written_as(old, new) == written


def test_words_that_were_said_at_such_a_place_come_first():
    words = OtherWords(["the dog sleeps", "the cat sleeps", "a horse eats", "the sun shines"])
    rng = np.random.default_rng(0)
    drawn = {words.draw(rng, "the", "sleeps", replaces="fox") for _ in range(40)}
    assert drawn == {"dog", "cat"}
    drawn = {words.draw(rng, "the", "barks", replaces="fox") for _ in range(40)}
    assert drawn == {"dog", "cat", "sun"}
    drawn = {words.draw(rng, None, None, replaces="fox", avoid=["dog"]) for _ in range(90)}
    assert drawn == {"the", "cat", "sleeps", "a", "horse", "eats", "sun", "shines"}
    assert OtherWords(["the umbrella"]).draw(rng, None, None, replaces="the") is None


class Scripted(Aligner):
    """Says what it is told to."""

    licence = "a test's, https://example.org"

    def __init__(self, answer):
        self.answer = answer

    def align(self, clip, words):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def heard_file(tmp_path):
    import soundfile

    samples, _ = spoken_corpus.utterance("anna", "the old boat")
    soundfile.write(tmp_path / "anna-0.wav", samples, spoken_corpus.RATE)
    heard, _ = timed(0, "the old boat")
    return replace(heard, seconds=len(samples) / spoken_corpus.RATE)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Refusal("other_words", "others"), "other_words"),
        (ProviderFailure("no luck"), "provider"),
        ((SpokenWord("the", 0.0, 0.5), SpokenWord("old", 0.3, 0.6)), "words_do_not_fit"),
        ((SpokenWord("the", 0.5, 0.5),), "words_do_not_fit"),
        ((SpokenWord("the", -1.0, 0.5),), "words_do_not_fit"),
        ((SpokenWord("the", 0.0, 99.0),), "words_do_not_fit"),
        ((SpokenWord("the", 0.0, float("nan")),), "words_do_not_fit"),
    ],
)
def test_times_that_cannot_be_are_rejected(tmp_path, answer, reason):
    kept, rejected = align_all([heard_file(tmp_path)], tmp_path, Scripted(answer))
    assert kept == []
    assert [one.reason for one in rejected] == [reason]
    assert reason in REASONS


def test_times_that_overlap_by_a_frame_will_do(tmp_path):
    told = (SpokenWord("the", 0.0, 0.52), SpokenWord("old", 0.5, 0.9))
    ((_, times),), rejected = align_all([heard_file(tmp_path)], tmp_path, Scripted(told))
    assert times == told
    assert rejected == []
