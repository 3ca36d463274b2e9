"""Outcomes as lines of JSON, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .outcomes import Failed, Item, Kept, Outcome, Rejected

HALVES = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs: what JSON and names of files may hold, and UTF-8 may not."""


@dataclass(frozen=True)
class Line:
    """One item's outcome as it is kept.

    Attributes:
        id: of the item that went in.
        outcome: ``"kept"``, ``"rejected"`` or ``"failed"``.
        items: what goes on; empty unless kept.
        scores: what was measured.
        reason: why not, as a code; empty if kept.
        detail: the same as a sentence.
        retryable: of a failure, whether another run tries again.
        attempt: of a failure, how often it was tried.
    """

    id: str
    outcome: str
    items: tuple[Item, ...] = ()
    scores: Mapping[str, float] | None = None
    reason: str = ""
    detail: str = ""
    retryable: bool = False
    attempt: int = 0


def line_of(item: Item, outcome: Outcome, attempt: int = 1) -> Line:
    """Return an outcome as it is kept."""
    match outcome:
        case Kept():
            return Line(item.id, "kept", outcome.items, outcome.scores)
        case Rejected():
            return Line(item.id, "rejected", (), outcome.scores, outcome.reason, outcome.detail)
        case Failed():
            return Line(
                item.id,
                "failed",
                reason=outcome.reason,
                detail=outcome.error,
                retryable=outcome.retryable,
                attempt=attempt,
            )


def dump(line: Line) -> str:
    """Return a line as JSON, the same for equal outcomes.

    What no UTF-8 can hold, such as a name of a file in another encoding, is replaced by U+FFFD.
    """
    values: dict[str, Any] = {"id": line.id, "outcome": line.outcome}
    if line.items:
        values["items"] = [{"id": i.id, "root": i.root, "data": i.data} for i in line.items]
    if line.scores:
        values["scores"] = dict(line.scores)
    if line.outcome != "kept":
        values |= {"reason": line.reason, "detail": line.detail}
    if line.outcome == "failed":
        values |= {"retryable": line.retryable, "attempt": line.attempt}
    return in_utf8(json.dumps(values, ensure_ascii=False, sort_keys=True, allow_nan=False))


def in_utf8(text: str) -> str:
    """Return a text with U+FFFD for each half of a surrogate pair, which no UTF-8 can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return HALVES.sub("\ufffd", text)
    return text


def load(values: Mapping[str, Any]) -> Line:
    """Return a line from the values of its JSON."""
    items = tuple(Item(i["id"], i["root"], i["data"]) for i in values.get("items", ()))
    return Line(
        id=values["id"],
        outcome=values["outcome"],
        items=items,
        scores=values.get("scores"),
        reason=values.get("reason", ""),
        detail=values.get("detail", ""),
        retryable=values.get("retryable", False),
        attempt=values.get("attempt", 0),
    )
