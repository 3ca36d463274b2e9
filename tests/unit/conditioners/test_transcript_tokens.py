import os
import subprocess
import sys

import pytest
from audio_omni.conditioners.transcript import tokens
from audio_omni.conditioners.transcript.tokens import tokenise
from audio_omni.core.errors import PluginError
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = {"␣": " "}
CHINESE = st.characters(min_codepoint=0x3100, max_codepoint=0x9FFF)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("Hi you", "H i ␣ y o u"),
        ("  a ", "␣ ␣ a ␣"),
        ("go;go", "g o , ␣ g o"),
        ("so:go", "s o : g o"),
        ("“so’go‘", "\" s o ' g o '"),
        ("7seas 1.5", "7 s e a s ␣ 1 . 5"),
        ("naïve", "n a ï ␣ v e"),
        ("Hi, 你好。", "H i , ␣ ␣ ni2 ␣ hao3 。"),
        ("一个", "␣ yi2 ␣ ge4"),
        ("T恤", "T ␣ xu4"),
        ("テスト", "テ ス ト"),
        ("ж𠀀", "ж 𠀀"),
    ],
)
def test_tokens_of(text, wanted):
    assert tokenise(text) == [NAMES.get(token, token) for token in wanted.split()]


def test_characters_without_a_known_sound_stay_apart():
    assert tokenise("兙兡") == [" ", "兙", " ", "兡"]


@settings(deadline=None)
@given(st.text(st.characters() | CHINESE))
def test_any_text_has_tokens(text):
    found = tokenise(text)
    assert all(found)
    assert len(found) >= len(text)


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0x2FFF)))
def test_nothing_but_spaces_is_added_to_other_scripts(text):
    tidied = text.translate(tokens.TIDIED)
    assert "".join(tokenise(text)).replace(" ", "") == tidied.replace(" ", "")


def test_loads_late_and_silently(tmp_path):
    code = (
        "import sys\n"
        "from audio_omni.conditioners.transcript.tokens import tokenise\n"
        "assert not {'jieba', 'pypinyin', 'torch'} & set(sys.modules)\n"
        "tokenise('你好')\n"
        "assert 'jieba' in sys.modules\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []  # jieba's own cache, which others could have written


@pytest.mark.parametrize("name", ["jieba", "pypinyin"])
def test_missing_package(monkeypatch, name):
    for cached in ("_library", "_cutter"):
        monkeypatch.setattr(tokens, cached, getattr(tokens, cached).__wrapped__)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PluginError, match=rf"{name} cannot be.*pip install 'audio-omni\[speech\]'"):
        tokenise("你好")
