"""Generated and reference clips joined by id, and said out loud where they do not match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...core.errors import DataError

LISTED = 3
"""How many ids a message names."""


@dataclass(frozen=True)
class IdPair:
    """One clip on both sides.

    Attributes:
        id: of the clip.
        generated: its row number among the generated clips.
        reference: its row number among the references.
    """

    id: str
    generated: int
    reference: int


@dataclass(frozen=True)
class IdPairing:
    """What was joined and what was not.

    Attributes:
        pairs: in order of the references.
        missing: ids of references without a generated clip.
        extra: ids of generated clips without a reference.
    """

    pairs: tuple[IdPair, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def pair_ids(
    generated: Sequence[str],
    reference: Sequence[str],
    *,
    allow_missing: bool = False,
    repeated: Literal["refuse", "last"] = "refuse",
) -> IdPairing:
    """Return the clips that both sides have, in order of the references.

    Args:
        generated: ids in order.
        reference: ids in order.
        allow_missing: leave out what only one side has, and report it; else it is an error.
        repeated: what is done about an id that comes twice; ``last`` is audioldm_eval's rule.

    Raises:
        DataError: if ids are repeated, missing or extra, or no id is on both sides; lists the
            first of them.
    """
    if repeated == "refuse":
        for side, ids in (("generated", generated), ("reference", reference)):
            _refuse_repeated(side, ids)
    rows = {clip: row for row, clip in enumerate(generated)}
    wanted = {clip: row for row, clip in enumerate(reference)}
    missing = tuple(clip for clip in wanted if clip not in rows)
    extra = tuple(clip for clip in rows if clip not in wanted)
    pairs = tuple(IdPair(clip, rows[clip], row) for clip, row in wanted.items() if clip in rows)
    if not pairs or ((missing or extra) and not allow_missing):
        raise DataError(
            f"Generated clips and references do not match: {len(pairs)} are on both sides; "
            f"missing {_listed(missing)}; extra {_listed(extra)}. Name the files alike, or leave "
            "out what has no pair with --allow-missing."
        )
    return IdPairing(pairs, missing, extra)


def _refuse_repeated(side: str, ids: Sequence[str]) -> None:
    twice = [clip for clip, count in Counter(ids).items() if count > 1]
    if twice:
        raise DataError(
            f"{len(twice)} {side} ids come more than once: {_listed(twice)}. Give each clip an id "
            "of its own."
        )


def _listed(ids: Sequence[str]) -> str:
    if not ids:
        return "none"
    rest = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ", ".join(f"'{clip}'" for clip in ids[:LISTED]) + rest
