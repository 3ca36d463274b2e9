"""The private half of a study: which system stands behind which name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from ...core.config import Config, parse_config
from ...core.errors import DataError
from .levels import Level

KEY_FORMAT = "audio-omni.study-key.v1"
RATINGS_FORMAT = "audio-omni.ratings.v1"
OVL, REL = "OVL", "REL"
Role = Literal["system", "reference", "anchor"]


class ItemKey(Config):
    """An item of a study.

    Attributes:
        id: what its clips are called in the systems' folders.
        prompt: the text that its clips were made from, if any.
        source_audio: the clip that was to be edited, if any.
        video: the pictures that sound was made for, if any.
    """

    id: str
    prompt: str | None = None
    source_audio: str | None = None
    video: str | None = None


class ClipKey(Config):
    """A clip of a study.

    Attributes:
        item: name of its item in the page.
        role: whether a system made it, or it is a hidden reference or a low anchor.
        source: the system, ``"reference"`` or ``"anchor"``.
        sha256: of the file that it was made from.
        seconds: how long it is.
        level: what was done to its loudness.
        conversions: everything that was done to it.
    """

    item: str
    role: Role
    source: str
    sha256: str
    seconds: float
    level: Level
    conversions: tuple[str, ...] = ()


class StudyKey(Config):
    """What a study's ratings are read with.

    Attributes:
        format: `KEY_FORMAT`.
        study: name of the study, in the page and in every file of ratings.
        version: of audio-omni.
        seed: draws the items and the orders.
        raters: how many orders there are; raters are numbered from 1.
        scales: ``OVL``, and ``REL`` where items have prompts.
        systems: their names, as they were given.
        level_policy: how levels were matched.
        items: by their name in the page.
        clips: by their name in the page.
    """

    format: Literal["audio-omni.study-key.v1"] = "audio-omni.study-key.v1"
    study: str
    version: str
    seed: int
    raters: int
    scales: tuple[Literal["OVL", "REL"], ...]
    systems: tuple[str, ...]
    level_policy: str
    items: dict[str, ItemKey]
    clips: dict[str, ClipKey]

    def expected(self) -> set[tuple[str, str]]:
        """Return (scale, clip) of everything that a rater has to rate."""
        return {(scale, clip) for scale in self.scales for clip in self.clips}


def save_key(key: StudyKey, path: Path) -> None:
    """Write a key that only its owner may read."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(key.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n")


def load_key(path: Path) -> StudyKey:
    """Return a key; of a folder, the ``key.json`` in it.

    Raises:
        DataError: if there is none, or the file is not one.
    """
    path = path / "key.json" if path.is_dir() else path
    values = load_object(path, "the key.json that 'study make' wrote")
    if values.get("format") != KEY_FORMAT:
        raise DataError(
            f"{path} has the format {values.get('format')!r}; expected '{KEY_FORMAT}': the "
            "key.json that 'study make' wrote. It comes first, then the files of ratings."
        )
    return parse_config(StudyKey, values, where=str(path), error=DataError)


def load_object(path: Path, expected: str) -> dict[str, Any]:
    """Return the object of a JSON file.

    Raises:
        DataError: if it cannot be read or holds something else; names what was expected.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as failure:
        raise DataError(f"{path}: {failure.strerror}. Expected {expected}.") from None
    except ValueError as failure:
        raise DataError(f"{path} is not valid JSON ({failure}). Expected {expected}.") from None
    if not isinstance(value, dict):
        raise DataError(f"{path} holds {type(value).__name__}; expected {expected}.")
    return value
