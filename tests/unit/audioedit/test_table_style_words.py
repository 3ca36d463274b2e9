"""The table of style words: whole, kept to its groups, and anyone's to replace."""

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.providers.contract import Refusal
from audio_omni.plugins.audioedit.providers.lemmas import lemmas
from audio_omni.plugins.audioedit.providers.table_style_words import (
    TABLE,
    TableStyleWords,
    TableStyleWordsConfig,
    read_table,
)
from audio_omni.plugins.audioedit.providers.texts import bare_label


def writer(**options):
    return TableStyleWords(TableStyleWordsConfig(**options))


def test_every_sound_of_the_table_is_a_bare_phrase_of_its_own():
    rows = read_table(TABLE)
    labels = [row.phrase.label for row in rows]
    assert [bare_label(label) for label in labels] == labels
    assert len({lemmas(label) for label in labels}) == len(labels) > 100


@pytest.mark.parametrize("row", read_table(TABLE)[::7], ids=lambda row: row.phrase.label)
def test_words_come_from_the_sounds_own_group(row):
    words = writer().suggest(row.phrase.label, 30, [], 1)
    group = {r.phrase.label for r in read_table(TABLE) if r.group == row.group}
    assert {word.label for word in words} == group - {row.phrase.label}


def test_the_seed_decides_the_order_and_nothing_else():
    one, same, other = (writer().suggest("dog barking", 20, [], seed) for seed in (1, 1, 2))
    assert one == same != other
    assert set(one) == set(other)


def test_a_reach_of_the_family_goes_on_after_the_group():
    near = writer().suggest("dog barking", 50, [], 1)
    far = writer(reach="family").suggest("dog barking", 50, [], 1)
    assert far[: len(near)] == near
    assert len(far) > len(near)
    assert {word.family for word in far} == {"animal"}


def test_a_sound_of_no_group_gets_its_family():
    words = writer().suggest("tuba", 5, [], 1)
    assert {word.family for word in words} == {"music"}


def test_what_is_to_be_avoided_stays_away_in_every_form():
    words = writer().suggest("dog barking", 30, ["ducks quack"], 1)
    assert "duck quacking" not in {word.label for word in words}


def test_a_sound_that_the_table_does_not_know_is_refused():
    refusal = writer().suggest("zorbing", 5, [], 1)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "no_style_words"


def test_another_table_can_take_its_place(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "- group: mine\n  family: tool\n  keeps: both\n  sounds:\n"
        "    - drill | a drill | the drill\n    - saw | a saw | the saw\n"
    )
    provider = writer(table=str(mine))
    assert [word.label for word in provider.suggest("drill", 5, [], 0)] == ["saw"]
    before = provider.fingerprint()
    mine.write_text(mine.read_text().replace("a saw", "one saw"))
    assert provider.fingerprint() != before


@pytest.mark.parametrize("text", ["", "7", "- group: a", "[[", "- {sounds: [a | b]}"])
def test_what_is_no_table_is_refused_with_its_form(tmp_path, text):
    broken = tmp_path / "broken.yaml"
    broken.write_text(text)
    with pytest.raises(ConfigError, match="group, family, keeps, sounds"):
        writer(table=str(broken)).suggest("dog", 3, [], 0)
