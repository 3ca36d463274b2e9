"""What items were made from, by id: from a manifest, or texts from one object."""

import json

import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.study.conditions import Condition, load_conditions


@pytest.fixture
def write(tmp_path):
    def call(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return call


def test_manifests_and_objects_give_the_same(write):
    lines = '{"id": "a", "caption": " A dog "}\n{"id": "b", "prompt": "Rain", "caption": "no"}\n'
    texts = {"a": "A dog", "b": "Rain"}
    expected = {clip: Condition(text) for clip, text in texts.items()}
    assert load_conditions(write("p.jsonl", lines), ["a", "b"]) == expected
    assert load_conditions(write("p.json", json.dumps({**texts, "c": ""})), ["a", "b"]) == expected


def test_files_are_beside_the_manifest(write, tmp_path):
    lines = '{"id": "a", "video": "v/a.mp4", "source_audio": null}\n'
    lines += '{"id": "b", "source_audio": "b.wav", "instruction": "Louder"}\n'
    assert load_conditions(write("p.jsonl", lines), ["a", "b"]) == {
        "a": Condition(None, video=tmp_path / "v" / "a.mp4"),
        "b": Condition("Louder", source=tmp_path / "b.wav"),
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.jsonl", '{"id": "a", "caption": "x"}\n', "no prompt for 1 of 2 items: b"),
        ("p.jsonl", '{"id": "a", "text": "x"}\n', "line 1: got the fields id, text"),
        (
            "p.jsonl",
            '{"id": "a", "caption": "x"}\n{"id": "a", "caption": "y"}\n',
            "line 2: a second",
        ),
        ("p.json", '["a"]', "one JSON object of texts by id"),
        ("p.json", "{", "not valid JSON"),
    ],
)
def test_what_cannot_be_used_is_named(write, name, text, said):
    with pytest.raises(DataError, match=said):
        load_conditions(write(name, text), ["a", "b"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.json cannot be read"):
        load_conditions(tmp_path / "none.json", ["a"])
