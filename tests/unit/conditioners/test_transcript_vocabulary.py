import pytest
from audio_omni.conditioners.transcript.vocabulary import (
    Vocabulary,
    character_vocabulary,
    load_vocabulary,
)
from audio_omni.core.errors import ConfigError
from hypothesis import given
from hypothesis import strategies as st

CHARACTERS = character_vocabulary()


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "vocab.txt"
        path.write_bytes(content)
        return load_vocabulary(path)

    return read


@pytest.mark.parametrize("content", [b" \n!\nni2 \n", b" \r\n!\r\nni2 \r\n", b" \n!\nni2 "])
def test_line_ends_are_no_part_of_entries_and_spaces_are(read, content):
    assert read(content).entries == (" ", "!", "ni2 ")


def test_only_line_ends_end_a_line(read):
    odd = "\u2028\x0b\x1c\x85"
    assert read(f" \n{odd}\n".encode()).entries == (" ", odd)


def test_numbers_are_lines_and_unknown_is_the_space(read):
    vocabulary = read(b" \na\nni2\n")
    assert len(vocabulary) == 3
    assert vocabulary.ids(["ni2", "a", " ", "b", "hao3"]) == [2, 1, 0, 0, 0]
    assert vocabulary.unknown(["hao3", " ", "b", "a", "hao3"]) == ["hao3", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing; expected a line of one space"),
        (b"a\nb\n", "begins with 'a'; expected a line of one space"),
        (b"\xef\xbb\xbf \na\n", r"begins with '\\ufeff '"),
        (b" \na\nb\na\n", "holds 'a' twice, in line 2 and line 4"),
        (b" \n\xff\n", r"is not UTF-8 \(byte 2\)"),
    ],
)
def test_no_vocabulary(read, content, message):
    with pytest.raises(ConfigError, match=message):
        read(content)


def test_no_file(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.txt cannot be read.*Correct `vocabulary`"):
        load_vocabulary(tmp_path / "absent.txt")


def test_characters_spell_syllables():
    vocabulary = CHARACTERS
    assert vocabulary.ids(["ni2", " "]) == vocabulary.ids(["n", "i", "2", " "])
    assert 0 not in vocabulary.ids(["ni2"])
    assert vocabulary.unknown(["lv4", "é", "ő", "。", "？", "—", "~"]) == []
    assert vocabulary.unknown(["ж", "の"]) == ["ж", "の"]


def test_characters_keep_their_numbers():
    """Saved models rely on them: new characters go to the end, with a size of their own."""
    assert len(CHARACTERS) == 353
    assert CHARACTERS.ids([" ", "a", "~", "¡", "®", "ÿ", "ſ", "–", "€", "～"]) == [
        *(0, 65, 94, 95, 107, 188, 316, 317, 328, 352)
    ]


def test_a_whole_entry_is_not_spelt():
    vocabulary = Vocabulary("test", (" ", "a", "b", "ab"), spells=True)
    assert vocabulary.ids(["ab", "aba"]) == [3, 1, 2, 1]


@given(st.lists(st.text(min_size=1)))
def test_numbers_are_in_range(tokens):
    for vocabulary in (CHARACTERS, Vocabulary("test", (" ", "a"))):
        ids = vocabulary.ids(tokens)
        assert all(0 <= number < len(vocabulary) for number in ids)
        assert len(ids) >= len(tokens)
