"""Manifests of recordings: every line is a recording or a counted rejection, in any order."""

import json
from collections import Counter

import pytest
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.voice.config import VoiceConfig
from audio_omni.plugins.audioedit.voice.reasons import REASONS
from audio_omni.plugins.audioedit.voice.utterances import read_utterances

GOOD = {"id": "a", "path": "a.wav", "text": "Hello, there.", "speaker": "s1"}


def read(tmp_path, *lines, **options):
    path = tmp_path / "utterances.jsonl"
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return read_utterances(path, VoiceConfig(**options))


def reasons(found):
    assert all(rejection.reason in REASONS for rejection in found.rejected)
    assert found.lines == len(found.utterances) + len(found.rejected)
    return Counter(rejection.reason for rejection in found.rejected)


def test_a_line_is_read_under_any_usual_name(tmp_path):
    other = {
        "id": "b", "audio": "b.wav", "transcript": "Hi", "speaker_id": 7, "gender": "M",
        "lang": "en", "chapter": 3, "sentence_id": "003", "license": "CC0-1.0", "split": "dev",
        "corpus": "Mine",
    }  # fmt: skip
    (found,) = read(tmp_path, other).utterances
    assert (found.path, found.text, found.speaker) == ("b.wav", "Hi", "7")
    assert (found.sex, found.language, found.session, found.parallel) == ("male", "en", "3", "003")
    assert (found.licence, found.split, found.dataset) == ("CC0-1.0", "validation", "Mine")


def test_fields_may_be_mapped_and_left_unread(tmp_path):
    line = {**GOOD, "words_said": "Bye", "split": "shared", "sex": "unsure"}
    fields = {"text": "words_said", "split": None}
    (found,) = read(tmp_path, line, fields=fields, language="en").utterances
    assert (found.text, found.split, found.language, found.sex) == ("Bye", None, "en", None)
    with pytest.raises(ConfigError, match="Did you mean 'text'"):
        read(tmp_path, GOOD, fields={"texts": "words_said"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "broken_line"),
        (b"[1]", "broken_line"),
        (b"\x00\xff", "broken_line"),
        ({**GOOD, "path": ""}, "no_path"),
        ({**GOOD, "text": None}, "no_text"),
        ({**GOOD, "text": " \u200b\u0007 "}, "no_text"),
        ({**GOOD, "text": ["Hello"]}, "no_text"),
        ({**GOOD, "text": "– … !"}, "no_text"),
        ({**GOOD, "speaker": None}, "no_speaker"),
        ({**GOOD, "split": "shared"}, "unknown_split"),
        (json.dumps({**GOOD, "text": "caf@"}).encode().replace(b"@", b"\xe9"), "text_damaged"),
    ],
)
def test_a_line_that_is_no_recording_is_counted(tmp_path, line, reason):
    found = read(tmp_path, {**GOOD, "id": "z"}, line)
    assert [one.id for one in found.utterances] == ["z"]
    assert reasons(found) == {reason: 1}


def test_text_is_made_plain_and_that_is_said(tmp_path):
    line = {**GOOD, "text": "Cafe\u0301\u0000  noir"}
    other = json.dumps({**GOOD, "id": "b", "attribution": "@"}).encode().replace(b"@", b"\xe9")
    first, second = read(tmp_path, line, other).utterances
    assert (first.text, first.flags) == ("Café noir", ("text_repaired",))
    assert (second.text, second.flags) == ("Hello, there.", ("text_repaired",))
    assert read(tmp_path, GOOD).utterances[0].flags == ()


@pytest.mark.parametrize(
    ("told", "consent"),
    [
        (True, True), ("yes", True), ("True", True), (1, True), (None, None), ("", None),
        (False, False), ("no", False), ("perhaps", False), (0, False), ([], False),
    ],
)  # fmt: skip
def test_what_is_not_plainly_consent_is_none(tmp_path, told, consent):
    (found,) = read(tmp_path, {**GOOD, "voice_consent": told}).utterances
    assert found.voice_consent is consent


def test_a_line_without_an_id_is_called_by_its_path_and_zero_is_an_id(tmp_path):
    lines = [{**GOOD, "id": None}, {**GOOD, "id": 0}]
    assert [one.id for one in read(tmp_path, *lines).utterances] == ["0", "a.wav"]
    (one,) = read(tmp_path, {**GOOD, "id": None, "path": "/elsewhere/a.wav"}).utterances
    assert one.id.startswith("line ")


def test_half_a_character_is_left_out_of_names(tmp_path):
    (one,) = read(tmp_path, {**GOOD, "id": "a\ud800", "speaker": "s\ud800"}).utterances
    assert (one.id, one.speaker) == ("a", "s")


def test_limits_rise():
    with pytest.raises(ValueError, match="the smaller one first"):
        VoiceConfig(utterance_seconds=(5.0, 2.0))


def test_lines_that_share_an_id_and_differ_are_all_left_out(tmp_path):
    found = read(tmp_path, GOOD, {**GOOD, "text": "Bye"}, {**GOOD, "id": "b"})
    assert [one.id for one in found.utterances] == ["b"]
    assert reasons(found) == {"duplicate_id": 2}


def test_equal_lines_are_one(tmp_path):
    found = read(tmp_path, GOOD, GOOD, GOOD)
    assert [one.id for one in found.utterances] == ["a"]
    assert reasons(found) == {"repeated_line": 2}


def test_a_speaker_of_two_splits_is_left_out_whole(tmp_path):
    told = ("test", "train", None)
    lines = [{**GOOD, "id": f"{i}", "split": split} for i, split in enumerate(told)]
    found = read(tmp_path, *lines, {**GOOD, "id": "z", "speaker": "s2", "split": "test"})
    assert [one.id for one in found.utterances] == ["z"]
    assert reasons(found) == {"speaker_in_two_splits": 3}


def test_the_order_of_lines_changes_nothing(tmp_path):
    lines = [b"{", GOOD, {**GOOD, "id": "b"}, {**GOOD, "id": "b", "text": "x"}, {"path": "c.wav"}]
    assert read(tmp_path, *lines) == read(tmp_path, *lines[::-1])


def test_no_file_and_no_line_are_told(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_utterances(tmp_path / "gone.jsonl", VoiceConfig())
    with pytest.raises(DataError, match="is a folder"):
        read_utterances(tmp_path, VoiceConfig())
    with pytest.raises(DataError, match="has no line"):
        read(tmp_path)
