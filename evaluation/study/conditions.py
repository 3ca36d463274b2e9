"""What each item was made from, which agreement (REL) is judged against: text, clip or video."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.data.jsonl import read_jsonl
from ...core.errors import DataError
from .clip_folders import listed

TEXTS = ("prompt", "caption", "instruction", "transcript")
"""Fields of a manifest's line that hold the text, the first that is there."""

SOURCE, VIDEO = "source_audio", "video"
"""Fields that name a file: the clip to edit, and the pictures to make sound for."""


@dataclass(frozen=True)
class Condition:
    """What an item was made from; at least one of the three.

    Attributes:
        text: prompt, caption, instruction or transcript.
        source: the clip that was to be edited.
        video: the pictures that sound was made for; their own sound stays unheard.
    """

    text: str | None
    source: Path | None = None
    video: Path | None = None

    def is_empty(self) -> bool:
        """Tell whether there is nothing to judge against."""
        return self.text is None and self.source is None and self.video is None


def load_conditions(path: Path, ids: Sequence[str]) -> dict[str, Condition]:
    """Return what each id was made from.

    Args:
        path: a manifest (JSON lines of ``id`` with one of `TEXTS`, ``source_audio`` or ``video``;
            files are relative to it), or a JSON object of texts by id (``.json``).
        ids: those that are needed; others in the file are left alone.

    Raises:
        DataError: if the file cannot be read, or an id has nothing, or two lines; says which.
    """
    found: dict[str, Condition] = {}
    for where, clip, condition in _rows(path):
        if clip in found and clip in ids:
            raise DataError(f"{where}: a second line of the id '{clip}'. Keep one of them.")
        found[clip] = condition
    lacking = [clip for clip in ids if clip not in found or found[clip].is_empty()]
    if lacking:
        raise DataError(
            f"{path} has no prompt for {len(lacking)} of {len(ids)} items: {listed(lacking)}. "
            "Add them; without --prompts a study asks for quality (OVL) only."
        )
    return {clip: found[clip] for clip in ids}


def _rows(path: Path) -> Iterator[tuple[str, str, Condition]]:
    if path.suffix.lower() == ".json":
        for clip, text in _object(path).items():
            yield str(path), clip, Condition(text.strip() or None)
        return
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        fields = {name: row[name] for name in (*TEXTS, SOURCE, VIDEO) if row.get(name) is not None}
        if "id" not in row or not fields or not all(isinstance(v, str) for v in fields.values()):
            raise DataError(
                f"{where}: got the fields {', '.join(row) or 'none'}; expected 'id', and as text "
                f"at least one of {', '.join((*TEXTS, SOURCE, VIDEO))}."
            )
        prompt = next((fields[name].strip() for name in TEXTS if name in fields), None)
        files = [path.parent / fields[name] if name in fields else None for name in (SOURCE, VIDEO)]
        yield where, str(row["id"]), Condition(prompt or None, *files)


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
