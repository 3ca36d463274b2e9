"""Tables as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, words: bool = False, long: bool = False
) -> str:
    """Return a table whose first column names its rows.

    Args:
        head: names of columns.
        rows: cells as plain text.
        words: whether cells hold words, which are set to the left and wrapped.
        long: whether many rows scroll in a frame of limited height.
    """
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    top = f"<thead><tr>{top}</tr></thead>" if any(head) else ""
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    kind = " ".join(["scroll", *["words"] * words, *["long"] * long])
    return (
        f'<div class="{kind}" tabindex="0" role="region" aria-label="{escape(" ".join(head))}">'
        f"<table>{top}<tbody>{body}</tbody></table></div>"
    )
