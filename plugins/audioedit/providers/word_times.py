"""Reads when words are said: CTM lines, Praat's TextGrid, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ....core.errors import DataError
from .values import SpokenWord

SUFFIXES = (".ctm", ".textgrid", ".json")
PAUSES = frozenset({"", "sil", "sp", "spn", "<eps>", "<sil>", "<unk>", "silence"})
"""What aligners write where nobody speaks."""
TIERS = ("words", "word", "orthography")
_INTERVAL = re.compile(
    r'xmin\s*=\s*([\d.eE+-]+)\s*xmax\s*=\s*([\d.eE+-]+)\s*text\s*=\s*"((?:[^"]|"")*)"'
)
_TIER = re.compile(r'class\s*=\s*"IntervalTier"\s*name\s*=\s*"((?:[^"]|"")*)"')


def read_word_times(path: Path, recording: str) -> tuple[SpokenWord, ...]:
    """Return the words of a file, in order, pauses left out.

    Args:
        path: ends in ``.ctm`` (recording, channel, start, length, word), ``.TextGrid`` (the long
            text form, as Praat and the Montreal Forced Aligner write it; its tier of words) or
            ``.json`` (a list as `words_of` takes it, alone or under ``words``).
        recording: id whose lines of a CTM file count; a file of one recording is all its.

    Raises:
        DataError: if it cannot be read, or is of another form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        raise DataError(f"Words of {path.name} cannot be read: {failure}") from None
    readers = {".ctm": _ctm, ".textgrid": _textgrid, ".json": _json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path.name} is no file of words; expected one of {', '.join(SUFFIXES)}.")
    try:
        return words_of(reader(text, recording))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as failure:
        raise DataError(f"{path.name} cannot be read as {path.suffix[1:]}: {failure}") from None


def words_of(told: Iterable[Any]) -> tuple[SpokenWord, ...]:
    """Return words from plain values, pauses left out, in order of their beginnings.

    Args:
        told: objects with ``word`` (or ``text``), and ``start_s`` and ``end_s`` (or ``start`` and
            ``end``; or ``onset_s`` and ``length_s``), in seconds; or lists [word, start, end].

    Raises:
        ValueError: for an entry of another form; shows it.
    """
    found = [_word(entry) for entry in told]
    spoken = [word for word in found if word.text.lower() not in PAUSES]
    return tuple(sorted(spoken, key=lambda word: (word.start_s, word.end_s)))


def _word(entry: Any) -> SpokenWord:
    if isinstance(entry, list | tuple) and len(entry) == 3:
        text, start, end = entry
    elif isinstance(entry, Mapping):
        text = _first(entry, "word", "text")
        start = _first(entry, "start_s", "start", "onset_s")
        end = _first(entry, "end_s", "end")
        if end is None and start is not None and entry.get("length_s") is not None:
            end = float(start) + float(entry["length_s"])
    else:
        raise ValueError(f"got {entry!r:.100}; expected a word with its start and end in seconds")
    if not isinstance(text, str) or start is None or end is None:
        raise ValueError(f"got {entry!r:.100}; expected a word with its start and end in seconds")
    return SpokenWord(text.strip(), float(start), float(end))


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _ctm(text: str, recording: str) -> list[Any]:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    rows = [fields for fields in lines if not fields[0].startswith(";;")]
    named = {fields[0] for fields in rows}
    own = rows if len(named) == 1 else [fields for fields in rows if fields[0] == recording]
    return [(f[4], float(f[2]), float(f[2]) + float(f[3])) for f in own]


def _textgrid(text: str, recording: str) -> list[Any]:
    del recording
    tiers = list(_TIER.finditer(text))
    if not tiers:
        raise ValueError("it has no interval tier in the long text form")
    ends = [*(tier.start() for tier in tiers[1:]), len(text)]
    named = {
        tier[1].strip().lower(): text[tier.end() : end]
        for tier, end in zip(tiers, ends, strict=True)
    }
    chosen = next((named[name] for name in TIERS if name in named), None)
    if chosen is None and len(named) > 1:
        raise ValueError(f"its tiers are {', '.join(named)}; expected one called words")
    inside = chosen if chosen is not None else next(iter(named.values()))
    return [(m[3].replace('""', '"'), m[1], m[2]) for m in _INTERVAL.finditer(inside)]


def _json(text: str, recording: str) -> list[Any]:
    del recording
    told = json.loads(text)
    words = told.get("words") if isinstance(told, Mapping) else told
    if not isinstance(words, list):
        raise ValueError("expected a list of words, alone or under 'words'")
    return words
