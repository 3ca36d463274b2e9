"""Wordings that a model wrote: what is refused, and that a person decides about the rest."""

from collections import Counter

import numpy as np
import pytest
import yaml
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.words.checking import REASONS, reason_against
from audio_omni.plugins.audioedit.words.instructions import slots_of
from audio_omni.plugins.audioedit.words.language import Language
from audio_omni.plugins.audioedit.words.languages import builtin_language
from audio_omni.plugins.audioedit.words.more import (
    Asked,
    MoreWording,
    MoreWordings,
    joined,
    read_file,
    read_more,
    template_id,
    write_file,
)
from audio_omni.plugins.audioedit.words.table import esc50_words
from audio_omni.plugins.audioedit.words.wordings import Wordings
from audio_omni.plugins.audioedit.workspace import open_workshop
from small_pairs import CATALOG, config

ENGLISH, GERMAN = builtin_language("en"), builtin_language("de")
LANGUAGES = {"en": ENGLISH, "de": GERMAN}
ASKED = Asked(
    task="add", provider="stand-in", model="stand-in-1", date="2026-11-29",
    prompt_sha256="0" * 64, asked=2, answered=3, rejected={"duplicate": 1},
)  # fmt: skip
GOOD = {
    "add": ["I wish for {a} in here.", "How about {a} as well?", "Sprinkle in {a}."],
    "remove": ["I can do without {the}.", "Please get {the} out of my recording."],
    "extract": ["I am only after {the}.", "Could I have {the} and nothing else?"],
    "style": ["From {the} to {b}, please.", "I would rather hear {b} where {the} used to play."],
}


@pytest.mark.parametrize(("task", "text"), [(t, x) for t, found in GOOD.items() for x in found])
def test_what_can_be_used(task, text):
    assert reason_against(text, task, ENGLISH) is None


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("add", "", "nonsense"),
        ("add", "{a}.", "nonsense"),
        ("add", "Add {a", "nonsense"),
        ("add", "Add {a!r} here.", "nonsense"),
        ("add", "* Add {a} here.", "nonsense"),
        ("add", "Add {a} here", "nonsense"),
        ("add", "Add {a}, " + "and then some more, " * 8 + "please.", "nonsense"),
        ("add", "Add {sound} here.", "unknown_slot"),
        ("add", "Turn up {b} here.", "unknown_slot"),
        ("add", "Add a dog barking here.", "no_object"),
        ("style", "Turn {the} into a cat.", "no_object"),
        ("style", "Turn the dog into {b}.", "no_object"),
        ("add", "Remove {a} from here.", "other_task"),
        ("add", "Removing {a} would help.", "other_task"),
        ("add", "Get rid of {a} at once.", "other_task"),
        ("add", "Take {a} out of here.", "other_task"),
        ("remove", "Insert {the} here.", "other_task"),
        ("extract", "Delete all but {the}.", "other_task"),
        ("remove", "Isolate {the} here.", "other_task"),
        ("extract", "Swap {the} here.", "other_task"),
        ("add", "Have {a} start at the beginning.", "untrue_time"),
        ("add", "I want {a} after 3 beats.", "untrue_time"),
        ("add", "I want {a} to be heard later.", "untrue_time"),
        ("remove", "The {bare} is too much: it has to go.", "agreement"),
        ("remove", "Here {the} is too much.", "agreement"),
        ("add", "Include {a}, and make it audible.", "agreement"),
        ("add", "put {a}  into this CLIP!", "nonsense"),
        ("add", "put {a} into this CLIP!", "duplicate"),
        ("add", "Seen before with {a}.", "duplicate"),
    ],
)
def test_what_is_refused_and_why(task, text, reason):
    assert reason_against(text, task, ENGLISH, ["seen before, with {a}"]) == reason
    assert reason in REASONS


def test_a_slot_may_tell_when():
    assert reason_against("I want {a} after {s} seconds.", "add", ENGLISH) is None
    assert reason_against("I want {a}, {when}.", "add", ENGLISH) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hier wünsche ich mir {a_acc}.", None),
        ("Wie wäre die Szene mit {a_dat}?", None),
        ("Hier fehlt {a}.", "agreement"),
        ("Entferne {a_acc} hier.", "other_task"),
        ("Lösch {a_acc} hier.", "other_task"),
        ("Mit {a_dat} zum Schluss.", "untrue_time"),
        ("Hier wünsche ich mir einen Hund.", "no_object"),
    ],
)
def test_german_is_checked_by_its_own_words(text, reason):
    assert reason_against(text, "add", GERMAN) == reason


def reviewed(path, wordings, lang="en"):
    entries = tuple(MoreWording(task=t, text=x, accepted=a) for t, x, a in wordings)
    write_file(path, MoreWordings(lang=lang, asked=(ASKED,), wordings=entries))
    return path


def test_a_file_says_where_it_comes_from_and_leaves_the_verdict_open(tmp_path):
    path = reviewed(tmp_path / "more.yaml", [("add", GOOD["add"][0], None)])
    text = path.read_text()
    assert "Set accepted" not in text
    assert "set accepted to\n# true or false" in text
    assert "  accepted:\n" in text
    values = yaml.safe_load(text)
    assert values["asked"][0]["model"] == "stand-in-1"
    assert values["wordings"] == [{"task": "add", "text": GOOD["add"][0], "accepted": None}]
    assert read_file(path).asked == (ASKED,)


def test_wordings_that_nobody_reviewed_are_refused(tmp_path):
    wordings = [("add", GOOD["add"][0], True), ("add", GOOD["add"][1], None)]
    path = reviewed(tmp_path / "more.yaml", wordings)
    with pytest.raises(ConfigError, match=r"1 of 2 wordings that nobody reviewed.*How about"):
        read_more(path, LANGUAGES)


def test_only_what_was_accepted_is_used(tmp_path):
    wordings = [("add", GOOD["add"][0], True), ("add", GOOD["add"][1], False)]
    lang, found = read_more(reviewed(tmp_path / "more.yaml", wordings), LANGUAGES)
    assert lang == "en"
    assert [t.text for t in found["add"]] == [GOOD["add"][0]]
    assert not found["add"][0].held_out


def test_what_a_person_corrected_is_checked_again(tmp_path):
    path = reviewed(tmp_path / "more.yaml", [("add", "Remove {a}, please.", True)])
    with pytest.raises(ConfigError, match=r"asks for another edit \(other_task\)"):
        read_more(path, LANGUAGES)


def test_files_of_unknown_languages_and_no_files_are_refused(tmp_path):
    path = reviewed(tmp_path / "more.yaml", [("add", "Mets {a} ici.", True)], lang="fr")
    with pytest.raises(ConfigError, match="is in 'fr'; there are en, de"):
        read_more(path, LANGUAGES)
    path.write_text("- a list")
    with pytest.raises(ConfigError, match="holds no fields"):
        read_more(path, LANGUAGES)


def test_ids_are_of_the_text_and_differ_from_those_that_ship(tmp_path):
    one, two = GOOD["add"][:2]
    assert template_id("add", one) == template_id("add", one) != template_id("add", two)
    shipped = {id_ for lang in LANGUAGES.values() for id_ in lang.add.templates}
    assert template_id("add", one) not in shipped
    again = [reviewed(tmp_path / n, [("add", one, True)]) for n in ("a.yaml", "b.yaml")]
    more = joined(read_more(path, LANGUAGES) for path in again)
    assert [t.id for t in more["en"]["add"]] == [template_id("add", one)]


def test_more_wordings_are_drawn_like_the_others(tmp_path):
    path = reviewed(tmp_path / "more.yaml", [("add", text, True) for text in GOOD["add"]])
    wordings = Wordings([ENGLISH], joined([read_more(path, LANGUAGES)]))
    rng, slots = np.random.default_rng(0), slots_of(esc50_words("dog").words)
    drawn = Counter(wordings.word("add", slots, lang="en", rng=rng).text for _ in range(900))
    assert len(drawn) == 10 + 3
    for text in GOOD["add"]:
        assert 40 < drawn[text.format(a="a dog barking")] < 110


def test_a_data_set_uses_them_and_says_so(tmp_path):
    path = reviewed(tmp_path / "more.yaml", [("add", text, True) for text in GOOD["add"]])
    chosen = config(words={"more": [str(path)]})
    made = make(tmp_path / "set", chosen, CATALOG)
    ids = {record.instruction.template for record in made.records if record.task == "add"}
    assert ids & {template_id("add", text) for text in GOOD["add"]}
    facts = yaml.safe_load((tmp_path / "set" / "dataset.yaml").read_text())
    assert facts["wordings"]["asked"][0]["prompt_sha256"] == "0" * 64
    assert len(facts["wordings"]["sha256"]) == 64


def test_they_are_in_the_key(tmp_path):
    def key(accepted):
        wordings = [("add", text, accepted) for text in GOOD["add"]]
        path = reviewed(tmp_path / "more.yaml", [*wordings, ("remove", GOOD["remove"][0], True)])
        return open_workshop(tmp_path, config(words={"more": [str(path)]}), CATALOG)[0].keys

    some, all_ = key(False), key(True)
    assert some["render"] != all_["render"]
    assert some["plan_scenes"] == all_["plan_scenes"]


def test_wordings_of_a_language_that_is_not_drawn_are_refused(tmp_path):
    path = reviewed(tmp_path / "m.yaml", [("add", "Wie wäre es mit {a_dat}?", False)], lang="de")
    read_more(path, LANGUAGES)
    path = reviewed(tmp_path / "m.yaml", [("add", "Wie wäre die Szene mit {a_dat}?", True)], "de")
    with pytest.raises(ConfigError, match="wordings in de; languages is en"):
        open_workshop(tmp_path, config(words={"more": [str(path)]}), CATALOG)


def test_a_language_without_rules_checks_what_it_can():
    plain = Language.model_validate({**ENGLISH.model_dump(), "rules": {}})
    assert reason_against("Remove {a} from here.", "add", plain) is None
    assert reason_against("Add a dog.", "add", plain) == "no_object"
