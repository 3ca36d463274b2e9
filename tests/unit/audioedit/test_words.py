"""What sounds are called, and which captions tell of them already."""

from importlib.resources import files
from typing import get_args

import pytest
import yaml
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit import words
from audio_omni.plugins.audioedit.providers.contract import Family
from audio_omni.plugins.audioedit.words.captions import scene_caption
from audio_omni.plugins.audioedit.words.conflicts import conflicts_with, matches
from audio_omni.plugins.audioedit.words.phrases import (
    definite_phrase,
    indefinite_phrase,
    is_noun_phrase,
)
from audio_omni.plugins.audioedit.words.table import ClassWords, esc50_words, row_words


def test_all_fifty_classes_have_words():
    names = yaml.safe_load((files(words) / "esc50.yaml").read_text("utf-8"))
    table = {name: esc50_words(name) for name in names}
    assert len(table) == 50
    assert len({words.words.bare for words in table.values()}) == 50
    for entry in table.values():
        assert entry.conflicts
        assert entry.words.definite.startswith("the ")
        assert entry.family in get_args(Family)


def test_a_class_has_the_three_phrases_of_the_spec():
    knock = esc50_words("door_wood_knock")
    assert knock.words.bare == "door knock"
    assert knock.words.indefinite == "a knock on a wooden door"
    assert knock.words.definite == "the knocking"
    assert knock.conflicts == ("knock", "door", "tap")


def test_every_class_conflicts_with_a_caption_that_names_it():
    for name in yaml.safe_load((files(words) / "esc50.yaml").read_text("utf-8")):
        known = esc50_words(name)
        spoken = (known.words.bare, known.words.indefinite, known.words.definite)
        for caption in (name.replace("_", " "), *spoken):
            assert conflicts_with(known.conflicts, caption), (name, caption)


def test_an_unknown_category_is_an_error_with_close_matches():
    with pytest.raises(DataError, match=r"no category 'crying_babe'.*Did you mean 'crying_baby'"):
        esc50_words("crying_babe")


@pytest.mark.parametrize(
    ("category", "caption"),
    [
        ("crow", "A crowd of people cheering"),
        ("wind", "A window is opened"),
        ("insects", "A beep, then silence"),
        ("dog", "A hotdog stand at a market"),
        ("can_opening", "Birds that can sing"),
        ("engine", "An idle talk"),
        ("rain", "A train passes"),
    ],
)
def test_words_that_only_begin_alike_do_not_conflict(category, caption):
    assert not conflicts_with(esc50_words(category).conflicts, caption)


@pytest.mark.parametrize(
    ("category", "caption"),
    [
        ("crow", "Crows in a tree"),
        ("wind", "It is WINDY outside."),
        ("insects", "Bees near a hive"),
        ("dog", "A man speaks as dogs are barking"),
        ("clapping", "an audience claps, clapped, clapping"),
        ("clapping", "Applause in a hall"),
        ("breathing", "someone breathing heavily"),
        ("sneezing", "a person sneezed"),
        ("footsteps", "stepping on leaves"),
        ("hand_saw", "cutting wood"),
        ("fireworks", "explosions far away"),
    ],
)
def test_words_with_endings_conflict(category, caption):
    assert conflicts_with(esc50_words(category).conflicts, caption)


def test_a_d_alone_follows_an_e_only():
    assert matches("breathe", "breathed")
    assert not matches("crow", "crowd")


@pytest.mark.parametrize(
    ("label", "caption", "indefinite", "definite"),
    [
        ("glass_breaking", "glass breaking", "glass breaking", "the breaking glass"),
        ("glass_breaking", None, "glass breaking", "the breaking glass"),
        ("dog_barking", None, "a dog barking", "the barking dog"),
        ("door_slam", "A door slamming shut.", "a door slamming shut", "the door slam"),
        ("footsteps", None, "footsteps", "the footsteps"),
        ("footsteps_gravel", None, "footsteps gravel", "the footsteps gravel"),
        ("sea_waves", None, "sea waves", "the sea waves"),
        ("alarm", None, "an alarm", "the alarm"),
        ("sawing", None, "sawing", "the sawing"),
        ("dog", "A dog barks in the yard", "a dog", "the dog"),
        ("rain", "Rain is falling", "rain", "the rain"),
        ("playing acoustic guitar", None, "an acoustic guitar playing", "the acoustic guitar"),
        ("vehicle horn, car horn, honking", None, "a vehicle horn", "the vehicle horn"),
        (None, "A telephone ringing", "a telephone ringing", "the ringing telephone"),
        ("hour bell", None, "an hour bell", "the hour bell"),
    ],
)
def test_words_of_any_row(label, caption, indefinite, definite):
    found = row_words(label, caption).words
    assert (found.indefinite, found.definite) == (indefinite, definite)


def test_conflicts_of_a_row_are_the_stems_of_its_label():
    smash = row_words("glass_smashing", "a bottle smashing")
    assert smash.conflicts == ("glass", "smash")
    assert conflicts_with(smash.conflicts, "He smashes something")
    assert conflicts_with(row_words("door_closing", None).conflicts, "something closes")
    assert conflicts_with(row_words("coins_dropping", None).conflicts, "a coin drops")


def test_a_label_that_esc50_has_brings_its_conflicts():
    assert conflicts_with(row_words("rain", None).conflicts, "A heavy storm")
    assert row_words("rain", None).family == "nature"


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("piano note", "music"),
        ("doorbell", "alarm"),
        ("running_water", "nature"),
        ("subway", "vehicle"),
        ("zorp", "other"),
    ],
)
def test_families_of_labels(label, family):
    assert row_words(label, None).family == family


def test_a_row_without_words_is_an_error():
    with pytest.raises(DataError, match=r"label None and caption '  '.*names its sound"):
        row_words(None, "  ")


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a dog barking", True),
        ("birds singing outdoors", True),
        ("a waterfall", True),
        ("a bus passing", True),
        ("a dog barks", False),
        ("a man speaks with wind blowing", False),
        ("a man speaks while a dog barks", False),
        ("thunder, then rain", False),
        ("", False),
    ],
)
def test_what_reads_as_a_noun_phrase(caption, expected):
    assert is_noun_phrase(caption) is expected


def test_a_label_tells_nouns_from_verbs():
    assert is_noun_phrase("steady rain", "rain")
    assert is_noun_phrase("sea waves on a beach", "sea waves")
    assert not is_noun_phrase("dogs bark", "dog")


def test_phrases_of_gerunds_with_an_object():
    assert definite_phrase("sawing wood by hand") == "the sound of sawing wood by hand"
    assert definite_phrase("running water") == "the running water"
    assert indefinite_phrase("running water") == "running water"


def test_class_words_are_values():
    assert esc50_words("dog") == esc50_words("dog")
    assert isinstance(esc50_words("dog"), ClassWords)


@pytest.mark.parametrize(
    ("background", "sounds", "expected"),
    [
        ("Rain falling.", ["a dog barking"], "rain falling, and a dog barking"),
        ("rain", ["a dog", "a cat"], "rain, a dog, and a cat"),
        (None, ["a dog barking"], "a dog barking"),
        (None, ["a dog", "a cat"], "a dog and a cat"),
        (None, ["a", "b", "c"], "a, b, and c"),
        ("AM radio\x00 noise", [], "AM radio noise"),
        (None, [], "silence"),
    ],
)
def test_captions_of_scenes(background, sounds, expected):
    assert scene_caption(background, sounds) == expected
