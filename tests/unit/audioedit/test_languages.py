"""A language is data: one that is added by a file, and what is wrong with a file."""

import numpy as np
import pytest
import yaml
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.words.captions import scene_caption
from audio_omni.plugins.audioedit.words.language import CaptionWords
from audio_omni.plugins.audioedit.words.languages import builtin_language, read_language
from audio_omni.plugins.audioedit.words.rendering import capitalised
from audio_omni.plugins.audioedit.words.table import esc50_words
from audio_omni.plugins.audioedit.words.wordings import Wordings, slots_in_language
from audio_omni.plugins.audioedit.workspace import open_workshop
from small_pairs import CATALOG, config

DOG = esc50_words("dog").words
SPANISH = {
    "lang": "es",
    "name": "Spanish",
    "when": {"early": "al principio", "middle": "a la mitad", "late": "al final"},
    "decimal": ",",
    "forms": ["del"],
    "pronouns": {"m": {"solo": "solo"}, "f": {"solo": "sola"}},
    "captions": {"two": " y ", "last": " y ", "nothing": "silencio", "lower_first": False},
    "classes": {
        "dog": {"bare": "ladrido de perro", "indefinite": "un perro que ladra",
                "definite": "el perro que ladra", "del": "del perro que ladra", "agreement": "m"},
        "rain": {"bare": "lluvia", "indefinite": "lluvia", "definite": "la lluvia",
                 "del": "de la lluvia", "agreement": "f"},
    },
    "add": {"templates": {"es-1": "¿{a}, por favor?", "es-2": "Pon {a} {when}.",
                          "es-3": "Pon {a} a los {s} segundos."}},
    "remove": {"templates": {"es-4": "Quita {the}."}},
    "extract": {"held_out": ["es-6"],
                "templates": {"es-5": "Deja {the} {solo}.", "es-6": "La pista {del}."}},
    "style": {"templates": {"es-7": "Cambia {the} por {b}.", "es-8": "El ritmo {del}, {b_solo}."}},
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def _file(**changes):
        path = tmp_path / "language.yaml"
        path.write_text(yaml.safe_dump({**SPANISH, **changes}, allow_unicode=True))
        return path

    return _file


def said(language, task, name, split="train", new=None, onset_s=7.4):
    given = language.words_of(esc50_words(name).words, [name])
    to = None if new is None else language.words_of(esc50_words(new).words, [new])
    slots = slots_in_language(language, given, object_to=to, onset_s=onset_s, clip_seconds=10.0)
    rng, wordings = np.random.default_rng(0), Wordings([language])
    drawn = (wordings.word(task, slots, lang="es", rng=rng, split=split) for _ in range(60))
    return {one.template: one.text for one in drawn}


def test_a_language_is_added_by_a_file_alone(file):
    spanish = read_language(file())
    assert said(spanish, "add", "dog") == {
        "es-1": "¿Un perro que ladra, por favor?",
        "es-2": "Pon un perro que ladra al final.",
        "es-3": "Pon un perro que ladra a los 7,5 segundos.",
    }
    assert said(spanish, "extract", "rain") == {"es-5": "Deja la lluvia sola."}
    assert said(spanish, "extract", "rain", "test")["es-6"] == "La pista de la lluvia."
    assert said(spanish, "style", "dog", new="rain") == {
        "es-7": "Cambia el perro que ladra por lluvia.",
        "es-8": "El ritmo del perro que ladra, sola.",
    }


def test_a_sound_is_found_by_its_category_and_by_its_english_phrase(file):
    spanish = read_language(file())
    for names in (["dog"], ["dog barking"], ["Dog_Barking"], []):
        assert spanish.words_of(DOG, names).bare == "ladrido de perro"
    with pytest.raises(DataError, match=r"'cat meowing' has no words in 'es'.*under 'classes'"):
        spanish.words_of(esc50_words("cat").words, ["cat meowing"])


def test_english_words_are_what_they_were():
    assert builtin_language("en").words_of(DOG, ["anything"]) is DOG
    assert "forms" not in DOG.model_dump(mode="json")


def test_classes_are_added_to_a_language_that_ships(tmp_path):
    path = tmp_path / "more_german.yaml"
    cat = builtin_language("de").classes["cat"]
    path.write_text(yaml.safe_dump({"lang": "de", "classes": {"lion": cat}}))
    german = read_language(path)
    assert german.words_of(DOG, ["lion"]).indefinite == "eine miauende Katze"
    assert german.words_of(DOG, ["dog"]).indefinite == "ein bellender Hund"
    assert german.add == builtin_language("de").add


@pytest.mark.parametrize(
    ("changes", "said_of_it"),
    [
        ({"when": {"early": "x"}}, r"when\.middle"),
        ({"add": {"templates": {"a": "Pon {perro}."}}}, r"a has the slots \['perro'\]"),
        ({"add": {"templates": {"a": "Pon {a."}}}, r"a: .*expected '}'"),
        ({"add": {"templates": {"a": "Pon {a!r}."}}}, r"\{a\} is no slot"),
        ({"add": {"templates": {"a": "Pon {a}."}, "held_out": ["b"]}}, "held_out names"),
        ({"add": {"templates": {"a": "Pon {a}."}, "held_out": ["a"]}}, "are held out; training"),
        ({"classes": {"dog": {"bare": "perro"}}}, "class 'dog' lacks agreement, definite, del"),
        (
            {"classes": {"dog": {**SPANISH["classes"]["dog"], "agreement": "n"}}},
            "agrees as 'n'; pronouns has f, m",
        ),
        (
            {"classes": {"dog": {**SPANISH["classes"]["dog"], "dat": "x"}}},
            "has dat, which nothing names",
        ),
        ({"pronouns": {"m": {"solo": "solo"}, "f": {}}}, "every kind of pronouns"),
        ({"lang": 3}, "has no 'lang'"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(file, changes, said_of_it):
    with pytest.raises(ConfigError, match=rf"file language\.yaml.*{said_of_it}"):
        read_language(file(**changes))


def test_an_id_of_a_wording_that_ships_is_not_given_to_another(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"lang": "en", "add": {"templates": {"add-01": "Play {a}."}}}))
    with pytest.raises(ConfigError, match=r"mine\.yaml: 'add-01' is a wording that ships"):
        read_language(path)
    path.write_text(yaml.safe_dump({"lang": "en", "add": {"templates": {"my-01": "Play {a}."}}}))
    assert read_language(path).add.templates == {"my-01": "Play {a}."}


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.yaml cannot be read .*No such file"):
        read_language(tmp_path / "no.yaml")


@pytest.mark.parametrize(
    ("capitals", "text", "expected"),
    [
        ({}, "öffne das", "Öffne das"),
        ({"i": "İ"}, "indir", "İndir"),
        ({"ij": "IJ"}, "ijs smelt", "IJs smelt"),
        ({}, "¿un perro?", "¿Un perro?"),
        ({}, "808 drum", "808 drum"),
        ({}, "", ""),
    ],
)
def test_capitals(file, capitals, text, expected):
    assert capitalised(text, read_language(file(capitals=capitals))) == expected


def test_captions_list_things_as_their_language_does():
    german = builtin_language("de").captions
    assert scene_caption("Regen", ["ein Hund"], german) == "Regen und ein Hund"
    assert scene_caption("Regen", ["ein Hund", "Wind"], german) == "Regen, ein Hund und Wind"
    assert scene_caption(None, [], german) == "Stille"
    assert builtin_language("en").captions == CaptionWords()


def test_a_data_set_in_german_and_english(tmp_path):
    made = make(tmp_path / "set", config(languages=("de", "en")), CATALOG)
    by_lang = {"de": [], "en": []}
    for record in made.records:
        by_lang[record.instruction.lang].append(record)
    assert all(by_lang.values())
    for record in by_lang["de"]:
        slots = record.instruction.slots
        assert slots.object.forms["a_acc"]
        captions = f"{record.source_caption} {record.target_caption}"
        assert " and " not in captions
        assert slots.object.indefinite in captions
        assert slots.when in {"am Anfang", "etwa in der Mitte", "gegen Ende"}
    for record in by_lang["en"]:
        assert record.instruction.slots.object.forms is None


def test_captions_may_stay_english(tmp_path):
    chosen = config(languages=("de",), words={"captions": "en"})
    for record in make(tmp_path / "set", chosen, CATALOG).records:
        assert not {"und", "ein", "eine"} & set(record.target_caption.split())


def test_classes_without_words_are_named_before_anything_is_rendered(tmp_path, file):
    chosen = config(languages=("es",), words={"files": [str(file())]})
    with pytest.raises(DataError, match=r"No words in 'es' for .*bell.*under 'classes'"):
        make(tmp_path / "set", chosen, CATALOG)
    assert not list((tmp_path / "set").glob("stages/render/*/part-*.jsonl"))


def test_two_files_of_one_language_are_refused(file):
    chosen = config(languages=("es",), words={"files": [str(file()), str(file())]})
    with pytest.raises(ConfigError, match=r"Two of words\.files are of 'es'"):
        open_workshop(file().parent, chosen, CATALOG)


def test_the_words_are_in_the_key_and_english_alone_changes_none(tmp_path, file):
    def key(**changes):
        return open_workshop(tmp_path, config(**changes), CATALOG)[0].keys["render"]

    english = key()
    german = key(languages=("de",))
    classes = tmp_path / "classes.yaml"
    cat = builtin_language("de").classes["cat"]
    classes.write_text(yaml.safe_dump({"lang": "de", "classes": {"lion": cat}}))
    wider = key(languages=("de",), words={"files": [str(classes)]})
    captions = key(languages=("de",), words={"captions": "en"})
    assert len({english, german, wider, captions}) == 4
    assert key(words=None) == english
