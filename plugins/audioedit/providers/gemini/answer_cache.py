"""Answers as they came, by the hash of all that was asked: asking again costs nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...blobs import write_whole


@dataclass(frozen=True)
class Question:
    """All that decides an answer.

    Attributes:
        prompt: the words.
        sound: SHA-256 of the clip that goes with them, and how it is sent; none without a clip.
        schema: JSON schema of the answer.
        settings: model, temperature, seed, thinking budget, longest answer.
    """

    prompt: str
    sound: str | None
    schema: dict[str, Any]
    settings: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the hash of the question."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        text: as it came; `None` if there was none.
        finish_reason: why the model stopped, as the service names it: ``"STOP"``.
        blocked: why the service would not ask the model; `None` if it did.
        model: as the service names what answered.
        day: when, ``"2026-11-29"``.
        usage: tokens by the service's names.
    """

    text: str | None
    finish_reason: str
    blocked: str | None
    model: str
    day: str
    usage: dict[str, int]


class AnswerCache:
    """Answers below a folder, one file each, never half there."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder; nothing is made yet."""
        self._folder = folder

    def get(self, key: str) -> Answer | None:
        """Return a kept answer; one whose file is damaged counts as none."""
        try:
            return Answer(**json.loads(self._path(key).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer.

        Raises:
            StopRun: if the disk is full.
        """
        text = json.dumps(asdict(answer), ensure_ascii=True, sort_keys=True)
        write_whole(self._path(key), text.encode())

    def set_aside(self, key: str) -> None:
        """Keep an answer for people to look at, but never give it again."""
        path = self._path(key)
        if path.exists():
            path.replace(path.with_suffix(".unusable.json"))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
