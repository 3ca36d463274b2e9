"""German: its cases, its commas, and that its phrases are declined as grammar has it."""

import re

import numpy as np
import pytest
from audio_omni.plugins.audioedit.words.checking import reason_against
from audio_omni.plugins.audioedit.words.language import TASKS
from audio_omni.plugins.audioedit.words.languages import builtin_language
from audio_omni.plugins.audioedit.words.table import esc50_words, row_words
from audio_omni.plugins.audioedit.words.wordings import Wordings, slots_in_language
from audio_omni.plugins.soundworld.vocabulary import BACKGROUND_LABELS, KINDS

GERMAN = builtin_language("de")
ESC10 = {
    "dog": ("einen bellenden Hund", "den bellenden Hund", "dem bellenden Hund"),
    "chainsaw": ("eine laufende Kettensäge", "die laufende Kettensäge", "der laufenden Kettensäge"),
    "crackling_fire": ("ein knisterndes Feuer", "das knisternde Feuer", "dem knisternden Feuer"),
    "helicopter": (
        "einen fliegenden Hubschrauber",
        "den fliegenden Hubschrauber",
        "dem fliegenden Hubschrauber",
    ),
    "rain": ("Regen", "den Regen", "dem Regen"),
    "crying_baby": ("ein weinendes Baby", "das weinende Baby", "dem weinenden Baby"),
    "clock_tick": ("eine tickende Uhr", "die tickende Uhr", "der tickenden Uhr"),
    "sneezing": ("ein Niesen", "das Niesen", "dem Niesen"),
    "rooster": ("einen krähenden Hahn", "den krähenden Hahn", "dem krähenden Hahn"),
    "sea_waves": ("Meereswellen", "die Meereswellen", "den Meereswellen"),
}
ARTICLES = {
    "m": ("der", "den", "dem"),
    "f": ("die", "die", "der"),
    "n": ("das", "das", "dem"),
    "many": ("die", "die", "den"),
}
WEAK = {"m": ("e", "en", "en"), "f": ("e", "e", "en"), "n": ("e", "e", "en"), "many": ("en",) * 3}
INDEFINITE = {
    "m": ("ein", "einen", "einem"),
    "f": ("eine", "eine", "einer"),
    "n": ("ein", "ein", "einem"),
}
MIXED = {"m": ("er", "en", "en"), "f": ("e", "e", "en"), "n": ("es", "es", "en")}
STRONG = {
    "m": ("er", "en", "em"),
    "f": ("e", "e", "er"),
    "n": ("es", "es", "em"),
    "many": ("e", "e", "en"),
}


def words(name):
    return GERMAN.words_of(esc50_words(name).words, [name])


def said(task, name, new="rooster", onset_s=2.6):
    slots = slots_in_language(
        GERMAN, words(name), object_to=words(new), onset_s=onset_s, clip_seconds=10.0
    )
    rng = np.random.default_rng(0)
    drawn = (
        Wordings.builtin("de").word(task, slots, lang="de", rng=rng, split="test")
        for _ in range(400)
    )
    return {one.template: one.text for one in drawn}


def test_fourteen_wordings_a_task_two_of_them_held_out():
    for task in TASKS:
        own = GERMAN.wordings(task)
        assert len(set(own.templates.values())) == 14
        assert len(own.held_out) == 2
        assert len(said(task, "dog")) == 14


def test_all_classes_of_esc50_have_words():
    from importlib.resources import files

    import yaml
    from audio_omni.plugins.audioedit import words as english

    for name in yaml.safe_load((files(english) / "esc50.yaml").read_text("utf-8")):
        assert words(name).indefinite


def test_all_sounds_of_the_procedural_world_have_words():
    for label in (*(kind.label for kind in KINDS), *BACKGROUND_LABELS):
        assert GERMAN.words_of(row_words(label, None).words, [label]).forms["a_acc"]


@pytest.mark.parametrize(("name", "forms"), ESC10.items())
def test_cases_of_esc10(name, forms):
    found = words(name)
    assert (found.forms["a_acc"], found.forms["the_acc"], found.forms["the_dat"]) == forms


@pytest.mark.parametrize("name", GERMAN.classes)
def test_every_phrase_is_declined(name):
    entry = GERMAN.classes[name]
    kind = entry["agreement"]
    cases = ("definite", "the_acc", "the_dat"), ("indefinite", "a_acc", "a_dat")
    for number, case in enumerate(cases[0]):
        article, *rest = entry[case].split()
        assert article == ARTICLES[kind][number]
        if rest[0][0].islower():
            assert rest[0].endswith(f"d{WEAK[kind][number]}") or rest[0].startswith("ruhig")
    for number, case in enumerate(cases[1]):
        first, *rest = entry[case].split()
        if first in {"ein", "eine", "einen", "einem", "einer"}:
            assert first == INDEFINITE[kind][number]
            if rest[0][0].islower():
                assert rest[0].endswith(MIXED[kind][number])
        elif first[0].islower():
            assert first.endswith(f"d{STRONG[kind][number]}")
    if kind == "many":
        noun = next(word for word in entry["a_dat"].split() if word[0].isupper())
        assert noun.endswith("n")


@pytest.mark.parametrize(
    ("task", "name", "template", "text"),
    [
        ("add", "dog", "add-01", "Füge dieser Aufnahme einen bellenden Hund hinzu."),
        ("add", "footsteps", "add-06", "Dieselbe Aufnahme, aber mit Schritten."),
        ("add", "rain", "add-12", "Lass Regen nach etwa 2,5 Sekunden einsetzen."),
        ("add", "dog", "add-11", "Lass am Anfang einen bellenden Hund einsetzen."),
        ("remove", "dog", "remove-12", "Entferne den bellenden Hund, der am Anfang zu hören ist."),
        ("remove", "footsteps", "remove-12", "Entferne die Schritte, die am Anfang zu hören sind."),
        (
            "remove",
            "crying_baby",
            "remove-13",
            "Lösche das weinende Baby, das nach etwa 2,5 Sekunden einsetzt.",
        ),
        ("remove", "footsteps", "remove-06", "Nichts mehr von den Schritten, bitte."),
        ("extract", "clock_tick", "extract-14", "Trenne die tickende Uhr von ihrer Umgebung."),
        ("extract", "rain", "extract-14", "Trenne den Regen von seiner Umgebung."),
        ("style", "dog", "style-14", "Ein krähender Hahn an der Stelle von dem bellenden Hund."),
        ("style", "dog", "style-01", "Verwandle den bellenden Hund in einen krähenden Hahn."),
        (
            "style",
            "chirping_birds",
            "style-03",
            "Setze einen krähenden Hahn dorthin, wo die zwitschernden Vögel zu hören sind.",
        ),
    ],
)
def test_sentences(task, name, template, text):
    assert said(task, name)[template] == text


def test_nothing_is_said_of_one_second():
    assert "add-12" not in said("add", "dog", onset_s=1.1)


def test_no_wording_leaves_a_slot_or_says_a_point_for_a_comma():
    for task in TASKS:
        for text in said(task, "dog").values():
            assert "{" not in text
            assert not re.search(r"\d\.\d", text)
            assert text[0].isupper()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_what_ships_passes_the_checks_of_new_wordings(lang):
    language = builtin_language(lang)
    refused = {
        id_: reason
        for task in TASKS
        for id_, text in language.wordings(task).templates.items()
        if (reason := reason_against(text, task, language)) != "duplicate"
    }
    rhythm_and_subjunctive = {"style-06": "agreement", "style-12": "agreement"}
    assert (
        refused
        == {
            "en": rhythm_and_subjunctive,
            "de": {"style-06": "agreement", "style-13": "agreement"},
        }[lang]
    )
