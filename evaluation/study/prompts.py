"""What each item was made from: the text that relevance (REL) is judged against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.data.jsonl import read_jsonl
from ...core.errors import DataError
from .clip_folders import listed

FIELDS = ("prompt", "caption", "instruction", "transcript")
"""Fields of a manifest's line that hold the text, the first that is there."""


def load_prompts(path: Path, ids: Sequence[str]) -> dict[str, str]:
    """Return the prompt of each id.

    Args:
        path: a manifest (JSON lines of ``id`` and one of `FIELDS`), or a JSON object of texts
            by id (``.json``).
        ids: those that need one; others in the file are left alone.

    Raises:
        DataError: if the file cannot be read, an id has no text, or two; says which.
    """
    found: dict[str, str] = {}
    for clip, text, where in _texts(path):
        if clip in found and clip in ids:
            raise DataError(f"{where}: a second prompt of the id '{clip}'. Keep one of them.")
        found[clip] = text
    lacking = [clip for clip in ids if not found.get(clip, "").strip()]
    if lacking:
        raise DataError(
            f"{path} has no prompt for {len(lacking)} of {len(ids)} items: {listed(lacking)}. "
            "Add them; without --prompts a study asks for quality (OVL) only."
        )
    return {clip: found[clip].strip() for clip in ids}


def _texts(path: Path) -> list[tuple[str, str, str]]:
    if path.suffix.lower() == ".json":
        return [(clip, text, str(path)) for clip, text in _object(path).items()]
    rows = []
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        text = next((row[name] for name in FIELDS if isinstance(row.get(name), str)), None)
        if "id" not in row or text is None:
            raise DataError(
                f"{where}: got the fields {', '.join(row) or 'none'}; expected 'id' and one of "
                f"{', '.join(FIELDS)}."
            )
        rows.append((str(row["id"]), text, where))
    return rows


def _object(path: Path) -> dict[str, str]:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as failure:
        raise DataError(f"{path} cannot be read: {failure.strerror}.") from None
    except ValueError as failure:
        raise DataError(f"{path} is not valid JSON ({failure}). Expected texts by id.") from None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise DataError(f"{path}: expected one JSON object of texts by id, or JSON lines (.jsonl).")
    return value
