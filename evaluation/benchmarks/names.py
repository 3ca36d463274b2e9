"""Names of files for rows of any id."""

from __future__ import annotations

from ...core.data.content import content_digest


def file_name(row: str) -> str:
    """Return a name of a file for any id: itself where it can be one, else with its digest."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in row)[:80]
    if plain == row and not plain.startswith("."):
        return plain
    return f"{plain}-{content_digest(row)[:8]}"
