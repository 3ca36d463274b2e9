"""Word times that others made: CTM, TextGrid, JSON, and fields of a row."""

import json

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.providers.contract import Clip, Refusal, SpokenWord
from audio_omni.plugins.audioedit.providers.given_words import (
    GivenWords,
    GivenWordsConfig,
    folded,
)
from audio_omni.plugins.audioedit.providers.word_times import read_word_times, words_of

WANTED = (SpokenWord("hello", 0.5, 0.9), SpokenWord("there", 1.0, 1.5))
TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2
        intervals: size = 1
        intervals [1]:
            xmin = 0.0
            xmax = 2.0
            text = "HH"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2
        intervals: size = 4
        intervals [1]:
            xmin = 0.0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.9
            text = "hello"
        intervals [3]:
            xmin = 0.9
            xmax = 1.0
            text = "sil"
        intervals [4]:
            xmin = 1.0
            xmax = 1.5
            text = "there"
"""
CTM = ";; by hand\na 1 0.5 0.4 hello\na 1 0.9 0.1 <eps>\na 1 1.0 0.5 there 0.98\n"


def clip(words, **facts):
    samples = np.zeros(32000, np.float32)
    return Clip("a", samples, 16000, "0" * 64, {"words": words, **facts})


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ctm", CTM),
        ("a.ctm", CTM + "b 1 0.1 0.2 other\n"),
        ("a.TextGrid", TEXTGRID),
        ("a.json", json.dumps([["hello", 0.5, 0.9], ["there", 1.0, 1.5]])),
        ("a.json", json.dumps({"words": [{"word": "there", "start": 1.0, "end": 1.5},
                                         {"text": "hello", "onset_s": 0.5, "length_s": 0.4}]})),
    ],
)  # fmt: skip
def test_words_are_read_from_any_usual_file(tmp_path, name, text):
    found = read_word_times(write(tmp_path, name, text), "a")
    assert [word.text for word in found] == ["hello", "there"]
    times = [time for word in found for time in (word.start_s, word.end_s)]
    assert times == pytest.approx([0.5, 0.9, 1.0, 1.5])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "hello"),
        ("a.ctm", "a 1 half 0.4 hello"),
        ("a.ctm", "a 1 0.5"),
        ("a.json", "{"),
        ("a.json", "7"),
        ("a.json", "[7]"),
        ("a.json", '[{"word": "hello", "start": 0.5}]'),
        ("a.TextGrid", "nothing"),
    ],
)
def test_files_of_another_form_are_refused_by_name(tmp_path, name, text):
    with pytest.raises(DataError, match=name):
        read_word_times(write(tmp_path, name, text), "a")
    with pytest.raises(DataError, match="cannot be read"):
        read_word_times(tmp_path / "gone.ctm", "a")


def test_a_textgrid_without_a_tier_of_words_is_told(tmp_path):
    path = write(tmp_path, "a.TextGrid", TEXTGRID.replace('"words"', '"tones"'))
    with pytest.raises(DataError, match="phones, tones"):
        read_word_times(path, "a")


def test_given_words_come_back_as_the_transcript_writes_them(tmp_path):
    told = [{"word": "HELLO", "start_s": 0.5, "end_s": 0.9}, ["there", 1.0, 1.5]]
    aligner = GivenWords(GivenWordsConfig())
    found = aligner.align(clip(told), ["Hello,", "there!"])
    assert found == (SpokenWord("Hello,", 0.5, 0.9), SpokenWord("there!", 1.0, 1.5))
    write(tmp_path, "a.ctm", CTM)
    assert aligner.align(clip("a.ctm", folder=str(tmp_path)), ["hello", "there"]) == WANTED
    elsewhere = GivenWords(GivenWordsConfig(folder=str(tmp_path)))
    assert elsewhere.align(clip("a.ctm"), ["hello", "there"]) == WANTED


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, "no_word_times"),
        ([], "no_word_times"),
        ("gone.ctm", "no_word_times"),
        (7, "no_word_times"),
        ([["hello", 0.5]], "no_word_times"),
        ([["hello", 0.5, 0.9]], "other_words"),
        ([["there", 0.5, 0.9], ["hello", 1.0, 1.5]], "other_words"),
    ],
)
def test_words_that_are_not_told_or_others_are_refused(told, reason):
    found = GivenWords(GivenWordsConfig()).align(clip(told), ["hello", "there"])
    assert isinstance(found, Refusal)
    assert found.reason == reason


def test_words_are_compared_without_marks():
    assert [folded(w) for w in ("«Don\u2019t»", "Ｅｓ", "well-known", "--")] == [
        "don't", "es", "wellknown", "",
    ]  # fmt: skip
    assert words_of([("sil", 0, 1), ("a", 1, 2)]) == (SpokenWord("a", 1.0, 2.0),)
