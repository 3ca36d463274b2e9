"""A transcript as tokens: characters, and pinyin syllables for Chinese words.

Nothing is lower-cased, trimmed or written out: what the network reads is what was given, but for
a few quotation marks and semicolons. Words are found by jieba, their sounds by pypinyin; both
load when the first transcript comes.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Iterator
from typing import Any

from ...core.errors import PluginError

TIDIED = str.maketrans({";": ",", "“": '"', "”": '"', "‘": "'", "’": "'"})
NO_SPACE_AFTER = (" ", ":", "'", '"')


def tokenise(text: str) -> list[str]:
    """Return the tokens of a text, in order; the empty text has none.

    ``"Hi, 你好"`` gives ``H i , ␣ ␣ ni2 ␣ hao3``: a space stands before every Chinese syllable,
    and before a word that touches what precedes it.

    Raises:
        PluginError: if jieba or pypinyin is not installed.

    Source: Chen et al. 2024, "F5-TTS" (text as characters and full pinyin).
    """
    tokens: list[str] = []
    for segment in _cutter().cut(text.translate(TIDIED)):
        if segment.isascii():
            if len(segment) > 1 and tokens and tokens[-1] not in NO_SPACE_AFTER:
                tokens.append(" ")
            tokens.extend(segment)
        elif all(_has_three_bytes(character) for character in segment):
            tokens.extend(_spaced(segment, _pinyin(segment)))
        else:
            tokens.extend(_spaced(segment, [_own_sound(character) for character in segment]))
    return tokens


def _spaced(segment: str, sounds: list[str]) -> Iterator[str]:
    for character, sound in zip(segment, sounds, strict=True):
        if _is_chinese(character):
            yield " "
        yield sound


def _own_sound(character: str) -> str:
    return _pinyin(character)[0] if _is_chinese(character) else character


def _pinyin(characters: str) -> list[str]:
    """Return a syllable for each character, as its neighbours make it sound, tone digit last.

    What has no known sound stays, and apart: ``list`` splits what comes back in one piece.
    """
    library = _library("pypinyin")
    style = library.Style.TONE3
    return library.lazy_pinyin(characters, style=style, tone_sandhi=True, errors=list)


def _is_chinese(character: str) -> bool:
    return "\u3100" <= character <= "\u9fff"


def _has_three_bytes(character: str) -> bool:
    """Whether UTF-8 writes a character in three bytes."""
    return "\u0800" <= character <= "\uffff"


@functools.cache
def _cutter() -> Any:
    """Return jieba's cutter with its own dictionary and no words that others have added.

    It is filled here, since its own loading writes to stderr and believes whatever lies under a
    fixed name in the temporary folder, which others may write to.
    """
    cutter = _library("jieba").Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


@functools.cache
def _library(name: str) -> Any:
    try:
        with warnings.catch_warnings():  # jieba imports pkg_resources, which warns
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError as failure:
        raise PluginError(
            f"Conditioner 'transcript' needs jieba and pypinyin to read a text, but {name} cannot "
            f"be imported ({failure}). Run: pip install 'audio-omni[speech]'."
        ) from failure
