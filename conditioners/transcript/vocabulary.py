"""The tokens that a transcript network knows, in the order of its embedding.

Entry 0 is the space, and what is not an entry counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from ...core.errors import ConfigError

SPACE = " "
UNKNOWN = 0


@dataclass(frozen=True)
class Vocabulary:
    """Tokens and their numbers.

    Attributes:
        name: where it is from, for messages.
        entries: unique tokens; the place of one is its number, the first is a space.
        spells: whether an unknown token of several characters is read character by character.
    """

    name: str
    entries: tuple[str, ...]
    spells: bool = False

    def __post_init__(self) -> None:
        """Refuse entries that give no clear numbers.

        Raises:
            ConfigError: if there are none, the first is not a space, or one comes twice.
        """
        if not self.entries or self.entries[0] != SPACE:
            got = repr(self.entries[0]) if self.entries else "nothing"
            raise ConfigError(
                f"Vocabulary {self.name} begins with {got}; expected a line of one space, which "
                "also stands for unknown tokens. Name the file that came with the weights."
            )
        if len(self._numbers) != len(self.entries):
            line, entry = next(
                (i, e) for i, e in enumerate(self.entries, start=1) if self._numbers[e] != i - 1
            )
            raise ConfigError(
                f"Vocabulary {self.name} holds {entry!r} twice, in line {line} and line "
                f"{self._numbers[entry] + 1}; expected every token once. Name the file that came "
                "with the weights."
            )

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.entries)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {entry: i for i, entry in enumerate(self.entries)}

    def ids(self, tokens: Iterable[str]) -> list[int]:
        """Return the number of each token, 0 for unknown ones, in [0, entries)."""
        return [self._numbers.get(token, UNKNOWN) for token in self._spelt(tokens)]

    def unknown(self, tokens: Iterable[str]) -> list[str]:
        """Return the tokens that are no entries, each once, in order."""
        return [t for t in dict.fromkeys(self._spelt(tokens)) if t not in self._numbers]

    def _spelt(self, tokens: Iterable[str]) -> Iterable[str]:
        if not self.spells:
            return tokens
        return chain.from_iterable((t,) if t in self._numbers else t for t in tokens)


def load_vocabulary(path: str | Path) -> Vocabulary:
    """Read a vocabulary, one token a line; whatever line ends, all else is kept.

    Raises:
        ConfigError: if the file cannot be read, is not UTF-8, or is no vocabulary.
    """
    path = Path(path).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as failure:
        raise ConfigError(
            f"Vocabulary {path} cannot be read ({failure.strerror}); expected a text file with "
            "one token a line. Correct `vocabulary` of conditioner 'transcript'."
        ) from failure
    except UnicodeDecodeError as failure:
        raise ConfigError(
            f"Vocabulary {path} is not UTF-8 (byte {failure.start}); expected a text file with "
            "one token a line. Name the file that came with the weights."
        ) from failure
    # Not splitlines(), which also breaks at characters that may be tokens.
    lines = text.removesuffix("\n").split("\n") if text else []
    return Vocabulary(str(path), tuple(lines))


def character_vocabulary() -> Vocabulary:
    """Return the vocabulary for models of one's own: a character an entry, Chinese as pinyin."""
    characters = chain(
        range(0x20, 0x7F),  # ASCII
        range(0xA1, 0xAD),  # Latin-1 without its two invisible characters
        range(0xAE, 0x100),
        range(0x100, 0x180),  # Latin Extended-A
        map(ord, "–—―‘’“”„…‹›€"),
        map(ord, "、。〈〉《》「」『』【】〔〕・！（），．：；？～"),
    )
    return Vocabulary("of characters (built in)", tuple(map(chr, characters)), spells=True)
