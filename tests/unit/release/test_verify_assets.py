"""The user's copy of the release: found, read without running it, and put into our wording."""

import hashlib
import json

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.release import assets
from audio_omni.plugins.release.assets import find_assets, read_constants
from audio_omni.plugins.release.prompts import TASKS, chat_string, release_wording, rename_fields
from audio_omni.plugins.release.verify import verify

CODE = """
raise SystemExit("this file must never run")
SYSTEM_T2A = "made for sound"
SYSTEM_T2M: str = "made for music"
SYSTEM_TTS = ("speak " "now")
SYSTEM_V2A = "watch " + "and " + "make"
SYSTEM_V2M = 'compose'
SYSTEM_EDITING = '''edit
it'''
SYSTEM_UNDERSTANDING = "listen"
EDITING_ADD = "put {desc} in, {{not}} out"
EDITING_REMOVE = "take out '{desc}'"
EDITING_EXTRACT = "only {desc}"
EDITING_STYLE = "{source} as {target}"
OTHER = open
"""
VOCABULARY = b" \r\na\r\nb\r\n"


@pytest.fixture(scope="module")
def catalog():
    return build_plugin_manager(entry_points=False)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A folder with made-up sentences and a made-up vocabulary that counts as published."""
    (tmp_path / "prompts.py").write_text(CODE)
    (tmp_path / "vocab.txt").write_bytes(VOCABULARY)
    monkeypatch.setattr(assets, "VOCABULARY_SHA256", hashlib.sha256(VOCABULARY).hexdigest())
    return tmp_path


@pytest.mark.parametrize(
    "places",
    [
        ("prompts.py", "vocab.txt"),
        ("prompts.py", "data/vocab.txt"),
        ("audio_omni/prompts.py", "audio_omni/data/vocab.txt"),
    ],
)
def test_assets_are_found_in_a_copy_of_any_depth(copy, tmp_path, places):
    folder = tmp_path / "copy"
    for place, name in zip(places, ("prompts.py", "vocab.txt"), strict=True):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).rename(folder / place)
    found = find_assets(folder)
    assert found.vocabulary == folder / places[1]
    assert found.constants["SYSTEM_TTS"] == "speak now"
    assert found.constants["SYSTEM_V2A"] == "watch and make"
    assert found.constants["SYSTEM_EDITING"] == "edit\nit"
    assert set(found.constants) == set(assets.CONSTANTS)


@pytest.mark.parametrize("name", ["prompts.py", "vocab.txt"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(ConfigError, match=f"lack {name}"):
        find_assets(copy)


def test_missing_sentences_are_listed(copy):
    text = CODE.replace('SYSTEM_T2A = "made for sound"', "SYSTEM_T2A = make()")
    (copy / "prompts.py").write_text(text.replace("EDITING_ADD =", "EDITING_AD ="))
    with pytest.raises(ConfigError, match="SYSTEM_T2A, EDITING_ADD"):
        find_assets(copy)


def test_what_is_no_python_is_refused(copy):
    (copy / "prompts.py").write_text("SYSTEM_T2A = (")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_constants(copy / "prompts.py", ["SYSTEM_T2A"])


def test_another_vocabulary_is_refused_unless_it_is_allowed(copy):
    (copy / "vocab.txt").write_bytes(VOCABULARY.replace(b"b", b"c"))
    with pytest.raises(ConfigError, match="not the published vocabulary"):
        find_assets(copy)
    assert find_assets(copy, allow_other_vocabulary=True).vocabulary == copy / "vocab.txt"


def test_line_ends_of_the_vocabulary_are_no_matter(copy):
    (copy / "vocab.txt").write_bytes(VOCABULARY.replace(b"\r\n", b"\n"))
    assert find_assets(copy).vocabulary == copy / "vocab.txt"


def test_fields_are_renamed_and_braces_kept():
    renamed = rename_fields("{{x}} {desc!r:>5} {other}", {"desc": "description"})
    assert renamed == "{{x}} {description!r:>5} {other}"
    assert rename_fields("{a} and }}", {}).format(a=1) == "1 and }"


def chats(catalog, copy):
    wording = release_wording(find_assets(copy).constants)

    def build(task, **words):
        return chat_string(catalog, wording, TASKS[task], **words)

    return build


def layout(system, user):
    return (
        f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


VIDEO = "<|vision_bos|><|VIDEO|><|vision_eos|>"
EXPECTED = [
    ("T2A", {"prompt": "rain"}, "made for sound", "rain."),
    ("T2A", {"prompt": "rain. "}, "made for sound", "rain. ."),
    ("T2M", {"prompt": ""}, "made for music", "."),
    ("TTS", {"prompt": "ignored"}, "speak now", ""),
    ("V2A", {"prompt": " a {hint}"}, "watch and make", f" a {{hint}}\n{VIDEO}"),
    ("V2M", {}, "compose", f"\n{VIDEO}"),
    ("Add", {"description": 'it\'s "{x}"'}, "edit\nit", 'put it\'s "{x}" in, {not} out'),
    ("Remove", {}, "edit\nit", "take out ''"),
    ("Extract", {"description": "a."}, "edit\nit", "only a."),
    (
        "Style Transfer",
        {"source_category": "a", "target_category": "b"},
        "edit\nit",
        "a as b",
    ),
]


@pytest.mark.parametrize(("task", "words", "system", "user"), EXPECTED)
def test_the_whole_conversation_is_the_releases(catalog, copy, task, words, system, user):
    assert chats(catalog, copy)(task, **words) == layout(system, user)


def test_wording_fits_our_tasks(catalog, copy):
    wording = release_wording(find_assets(copy).constants)
    assert set(wording) <= {spec.name for spec in catalog.tasks}
    assert wording["understanding"].fill(question="What?") == "What?"
    assert wording["voice_conversion"] == wording["speech_editing"] == wording["text_to_speech"]
    assert wording["instruction_editing"].system == wording["add"].system
    assert all(sentences.verbatim for sentences in wording.values())


def hashes(text):
    return {"sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text)}


@pytest.fixture
def golden(tmp_path):
    """A folder with one file of the kind ``prompts`` that fits `CODE`."""
    settings = {
        "kind": "prompts",
        "constants": {"SYSTEM_V2A": hashes("watch and make")},
        "prompts": [
            {"task": " T2A ", "text": "rain", **hashes(layout("made for sound", "rain."))},
            {"task": "Style Transfer", "text": "", **hashes(layout("edit\nit", " as "))},
        ],
        "tts_join": [{"reference": " Hi.. ", "text": "there", "result": "Hi. there"}],
    }
    folder = tmp_path / "goldens"
    folder.mkdir()
    (folder / "prompts.json").write_text(json.dumps(settings))
    return folder, settings


def test_sentences_agree_with_their_hashes(catalog, copy, golden):
    (file,) = verify(golden[0], catalog, copy).files
    assert file.passed
    assert file.cases == 4
    assert file.omitted == ()


def test_without_assets_sentences_are_named_as_omitted(catalog, golden):
    (file,) = verify(golden[0], catalog).files
    assert file.passed
    assert file.cases == 1
    assert "constants and prompts" in file.omitted[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["constants"]["SYSTEM_V2A"].update(hashes("watch and  make")),
        lambda s: s["constants"].update({"SYSTEM_NEW": hashes("x")}),
        lambda s: s["prompts"][0].update(hashes("x")),
        lambda s: s["prompts"][1].update(characters=3),
        lambda s: s["prompts"][1].update(task="Dance"),
        lambda s: s["tts_join"][0].update(result="Hi.. there"),
    ],
)
def test_another_hash_or_join_fails(catalog, copy, golden, change):
    folder, settings = golden
    change(settings)
    (folder / "prompts.json").write_text(json.dumps(settings))
    assert not verify(folder, catalog, copy).passed


def test_ids_are_checked_with_the_users_vocabulary(catalog, copy, tmp_path):
    items = [{"text": "ab?", "tokens": ["a", "b", "?"], "ids": [1, 2, 0]}]
    settings = {"kind": "token_ids_release_vocab", "vocab_size": 3, "items": items}
    folder = tmp_path / "goldens"
    folder.mkdir()
    path = folder / "tokens.json"
    path.write_text(json.dumps(settings))
    assert verify(folder, catalog).files[0].omitted
    assert verify(folder, catalog, copy).passed
    items[0]["ids"] = [1, 2, 1]
    path.write_text(json.dumps(settings))
    assert verify(folder, catalog).passed
    assert not verify(folder, catalog, copy).passed
    items[0]["tokens"] = ["a", "b"]
    path.write_text(json.dumps(settings))
    assert not verify(folder, catalog).passed
