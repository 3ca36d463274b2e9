"""The files that raters send back, checked against the key of their study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.config import Config, parse_config
from ...core.errors import DataError
from .key import RATINGS_FORMAT, StudyKey, load_object

LOWEST, HIGHEST = 1, 100
ENOUGH_TONES = 5
"""Right answers of six that pass the headphones check (Woods et al. 2017)."""

SAVED = "a file of ratings that the study's page saved"


class Headphones(Config):
    """The result of the headphones check: right answers, trials, and how often it was begun."""

    correct: int
    of: int
    tries: int


class RatingRow(Config):
    """One rating: of which scale, item and clip, how often it was played, and in which place."""

    scale: str
    item: str
    clip: str
    value: Any
    plays: int
    place: int


class RatingsFile(Config):
    """What the page saves."""

    format: str
    study: str
    rater: int
    started: str | None
    finished: str | None
    headphones: Headphones | None
    comment: str
    ratings: tuple[RatingRow, ...]


@dataclass(frozen=True)
class Response:
    """The complete ratings of one person.

    Attributes:
        rater: number, from 1.
        path: the file.
        headphones_passed: result of the check; `None` if it was not made.
        comment: what the rater wrote.
        values: 1–100 by (scale, clip).
    """

    rater: int
    path: Path
    headphones_passed: bool | None
    comment: str
    values: dict[tuple[str, str], int]


def rating_files(paths: Sequence[Path]) -> list[Path]:
    """Return files as they are, and in the place of a folder the JSON files in it.

    Raises:
        DataError: for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not inside:
            raise DataError(f"'{path}' holds no JSON file; expected {SAVED}, one per rater.")
        found += inside
    return found


def load_responses(paths: Sequence[Path], key: StudyKey) -> list[Response]:
    """Return the responses in order of their raters' numbers.

    Raises:
        DataError: for a file that cannot be read, is of another study, incomplete, holds a value
            that is no whole number from 1 to 100 or a clip that is not in the key, or is of a
            rater who is there already. Names every such file, its rater, and what to do.
    """
    found: dict[int, Response] = {}
    problems: list[str] = []
    for path in paths:
        try:
            response = _load(path, key)
            if response.rater in found:
                raise DataError(
                    f"{path}: rater {response.rater} is in {found[response.rater].path} too. "
                    "Keep one of them; if two people used one number, only one of them counts."
                )
            found[response.rater] = response
        except DataError as failure:
            problems.append(str(failure))
    if problems:
        count = "One file" if len(problems) == 1 else f"{len(problems)} files"
        raise DataError(f"{count} of {len(paths)} cannot be scored:\n  " + "\n  ".join(problems))
    if not found:
        raise DataError(f"Got no file of ratings; expected {SAVED}, one per rater.")
    return [found[rater] for rater in sorted(found)]


def _load(path: Path, key: StudyKey) -> Response:
    values = load_object(path, SAVED)
    if values.get("format") != RATINGS_FORMAT:
        raise DataError(
            f"{path} has the format {values.get('format')!r}; expected '{RATINGS_FORMAT}': {SAVED}."
        )
    if values.get("study") != key.study:
        raise DataError(
            f"{path} (rater {values.get('rater')}) is of study '{values.get('study')}', and the "
            f"key of '{key.study}'. Score it with the key of its own study."
        )
    parsed = parse_config(RatingsFile, values, where=str(path), error=DataError)
    who = f"{path} (rater {parsed.rater})"
    if not 1 <= parsed.rater <= key.raters:
        raise DataError(f"{who}: the study has raters 1 to {key.raters}. The file was changed.")
    return Response(
        rater=parsed.rater,
        path=path,
        headphones_passed=None
        if parsed.headphones is None
        else parsed.headphones.correct >= ENOUGH_TONES,
        comment=parsed.comment,
        values=_values(parsed, key, who),
    )


def _values(parsed: RatingsFile, key: StudyKey, who: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    expected = key.expected()
    for row in parsed.ratings:
        place = (row.scale, row.clip)
        if place not in expected or key.clips[row.clip].item != row.item:
            raise DataError(
                f"{who}: {row.scale} of clip '{row.clip}' of item '{row.item}' is not in the key. "
                "The file was changed; ask the rater for the file as the page saved it."
            )
        if place in found:
            raise DataError(
                f"{who}: {row.scale} of clip '{row.clip}' is rated twice. The file was changed; "
                "ask the rater for the file as the page saved it."
            )
        if row.value is None:
            continue
        if type(row.value) is not int or not LOWEST <= row.value <= HIGHEST:
            raise DataError(
                f"{who}: {row.scale} of {_words(key, row.clip)} is {row.value!r}; expected a whole "
                f"number from {LOWEST} to {HIGHEST}. The page saves no other; ask the rater for "
                "the file as the page saved it."
            )
        found[place] = row.value
    missing = sorted(expected - set(found))
    if missing:
        scale, clip = missing[0]
        raise DataError(
            f"{who}: {len(missing)} of {len(expected)} ratings are missing, such as {scale} of "
            f"{_words(key, clip)}. Ask the rater to open the page again in the same browser, where "
            "the others are kept, to rate these and save anew; or leave this file out."
        )
    return found


def _words(key: StudyKey, clip: str) -> str:
    """Name a clip for whoever holds the key."""
    found = key.clips[clip]
    return f"'{key.items[found.item].id}' by {found.source}"
