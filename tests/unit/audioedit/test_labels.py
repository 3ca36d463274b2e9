"""What labellers say becomes what stages rely on, whatever they say."""

import unicodedata

import pytest
from audio_omni.plugins.audioedit.providers.contract import Clip, Labels, Phrase, Refusal
from audio_omni.plugins.audioedit.providers.dataset_labeler import (
    DatasetLabeler,
    DatasetLabelerConfig,
)
from audio_omni.plugins.audioedit.providers.families import may_replace
from audio_omni.plugins.audioedit.providers.heard import AnswerLabels, AnswerStyles
from audio_omni.plugins.audioedit.providers.labels import STOP, clean_labels, distinct
from audio_omni.plugins.audioedit.providers.lemmas import lemma, lemmas
from audio_omni.plugins.audioedit.providers.phrasing import phrase_of
from audio_omni.plugins.audioedit.providers.styles import clean_styles
from audio_omni.plugins.audioedit.providers.texts import bare_label
from audio_omni.plugins.audioedit.records import normal_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
"""The first draw of a fresh clone builds a table of Unicode, which takes seconds."""

KEEP = ("dominant", "clear")
ODD = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\u200b\u202e\ufeff\x00\u0301İßſﬃ\U0001f436 \t"),
    max_size=30,
) | st.just("very " * 30)
WORDS = st.lists(
    st.sampled_from(["A", "the", "dog", "dogs", "Barking", "barks", "rain", "noise", "wind"]),
    max_size=8,
).map(" ".join)
SOURCES = st.lists(
    st.fixed_dictionaries(
        {"label": ODD | WORDS},
        optional={
            "indefinite": ODD,
            "definite": ODD,
            "prominence": st.sampled_from(["dominant", "clear", "faint"]),
            "confidence": st.floats(-10, 10),
            "onset_hint_s": st.none() | st.floats(-1e6, 1e6),
        },
    ),
    max_size=7,
)


@patient
@given(scene=ODD, sources=SOURCES)
def test_any_answer_becomes_labels_that_hold_what_is_asked(scene, sources):
    heard = AnswerLabels(scene=scene, sources=sources)
    labels = clean_labels(heard, seconds=10.0, keep=KEEP)
    again = Labels.model_validate_json(labels.model_dump_json())
    assert again == labels
    for source in labels.sources:
        assert source.label == bare_label(source.label)
        assert 1 <= len(source.label.split()) <= 6
        assert source.prominence in KEEP
        assert lemmas(source.label) not in STOP
        assert source.onset_hint_s is None or 0 <= source.onset_hint_s < 10
        for text in (source.label, source.indefinite, source.definite, labels.scene):
            assert not any(unicodedata.category(c).startswith("C") for c in text)
            assert unicodedata.is_normalized("NFC", text)
    sets = [lemmas(source.label) for source in labels.sources]
    assert len(set(sets)) == len(sets)


@patient
@given(ODD | WORDS)
def test_a_bare_label_is_bare_already(text):
    label = bare_label(text)
    assert label is None or bare_label(label) == label


@patient
@given(ODD)
def test_normal_texts_are_normal_already(text):
    assert normal_text(normal_text(text)) == normal_text(text)


@patient
@given(ODD | WORDS)
def test_any_text_is_a_phrase_or_none(text):
    phrase = phrase_of(text)
    assert phrase is None or Phrase.model_validate_json(phrase.model_dump_json()) == phrase


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A Dog Barking.", "dog barking"),
        ("  the\tbarking\u00a0dog ", "barking dog"),
        ('"Rain"', "rain"),
        ("cafe\u0301 chatter", "café chatter"),
        ("dog\u200b bark\x07ing", "dog barking"),
        ("\ufeffwind", "wind"),
        ("some people talking", "people talking"),
        ("", None),
        ("???", None),
        ("one two three four five six seven", None),
        ("x" * 81, None),
    ],
)
def test_bare_labels(text, label):
    assert bare_label(text) == label


@pytest.mark.parametrize(
    ("one", "other"),
    [("dogs barking", "dog barks"), ("a running engine", "engine run"), ("flies", "fly")],
)
def test_forms_of_one_source_have_one_set_of_lemmas(one, other):
    assert lemmas(one) == lemmas(other)


def test_different_sources_have_different_lemmas():
    assert lemma("ring") != lemma("rain")
    assert lemmas("glass") != lemmas("grass")
    assert len({lemma(word) for word in ("sing", "string", "thing", "king", "bee", "bus")}) == 6


def test_what_names_no_source_is_dropped():
    names = ["Background noise", "silence", "the sound", "an audio recording", "dog barking"]
    heard = AnswerLabels(sources=[{"label": name} for name in names])
    assert [s.label for s in clean_labels(heard, keep=KEEP).sources] == ["dog barking"]


def test_faint_sources_stay_only_if_asked_for():
    heard = AnswerLabels(sources=[{"label": "dog barking", "prominence": "faint"}])
    assert clean_labels(heard, keep=KEEP).sources == ()
    assert len(clean_labels(heard, keep=("faint",)).sources) == 1


def test_one_phrase_too_long_costs_only_itself():
    heard = AnswerLabels(sources=[{"label": "dog " * 40}, {"label": "rain"}])
    assert [s.label for s in clean_labels(heard, keep=KEEP).sources] == ["rain"]


def test_no_more_than_five_stay():
    names = ["dog", "cat", "rain", "wind", "siren", "engine", "piano"]
    heard = AnswerLabels(sources=[{"label": name} for name in names])
    assert [s.label for s in clean_labels(heard, keep=KEEP).sources] == names[:5]


def test_rules_of_families():
    assert not may_replace("impact", "nature")
    assert may_replace("voice", "animal")


def test_styles_leave_out_the_sound_its_scene_and_other_families():
    names = ["dogs barking", "duck quacking", "rain falling", "Ducks quack", "goose honking"]
    answer = AnswerStyles(sounds=[{"label": name} for name in names])
    words = clean_styles(answer, label="dog barking", count=5, avoid=["goose honking"])
    assert [word.label for word in words] == ["duck quacking"]


def test_distinct_keeps_the_first():
    phrases = [phrase_of(text) for text in ("dogs barking", "dog barks", "cat")]
    assert [p.label for p in distinct(phrases)] == ["dogs barking", "cat"]


def clip(**facts):
    import numpy as np

    return Clip("a", np.zeros(4, np.float32), 16000, "0" * 64, facts)


def test_a_data_set_labels_itself():
    labeler = DatasetLabeler(DatasetLabelerConfig())
    heard = labeler.label(clip(label="bird chirping, tweeting", caption="a\x00 yard"))
    assert (heard.scene, [s.label for s in heard.sources]) == ("a yard", ["bird chirping"])
    assert heard.sources[0].family == "animal"


@pytest.mark.parametrize("facts", [{}, {"label": None}, {"label": 7}, {"label": " "}])
def test_a_row_without_a_class_is_refused(facts):
    refusal = DatasetLabeler(DatasetLabelerConfig()).label(clip(**facts))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "no_label"
