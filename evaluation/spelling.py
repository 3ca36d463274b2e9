"""Words as a recogniser spells them, and how many letters two spellings differ by."""

from __future__ import annotations

from collections.abc import Sequence

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"
"""What can be spelled, in the order of a recogniser's outputs."""


def spelled(text: str) -> str:
    """Return a text in `LETTERS`, as transcripts and recognitions are compared.

    Lower case; a typographic apostrophe is an apostrophe; whatever else is no letter a–z counts
    as a space; runs of spaces are one. Numerals and letters with accents are not spelled out.
    """
    lower = text.lower().replace("’", "'")
    return " ".join("".join(c if c in LETTERS else " " for c in lower).split())


def edit_distance(said: Sequence[str], meant: Sequence[str]) -> int:
    """Return the least number of insertions, deletions and substitutions between sequences.

    Args:
        said: letters (a text) or words (a list).
        meant: of the same kind.

    Source: Levenshtein 1966.
    """
    row = list(range(len(meant) + 1))
    for i, one in enumerate(said, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(meant, start=1):
            substituted = diagonal + (one != other)
            diagonal = row[j]
            row[j] = min(substituted, row[j] + 1, row[j - 1] + 1)
    return row[-1]
