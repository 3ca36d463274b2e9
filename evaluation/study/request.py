"""What a study is asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import DataError, RequestError
from .page.render import Placement

DEFAULT_SAMPLES = 20
MOST_CLIPS = 12
"""Clips of an item that a person can keep apart on one page."""


@dataclass(frozen=True)
class StudyRequest:
    """What to make a study of.

    Attributes:
        systems: folders of clips by the name of their system.
        reference: folder of true recordings, which bring a hidden reference and a low anchor.
        prompts: file of what each id was made from; with it, agreement is asked for.
        raters: how many people will rate.
        samples: items to draw; left out: 20, or all where there are fewer.
        seed: draws items and orders; left out: a fresh one, kept in the key.
        title: what raters read at the top.
        allow_missing: whether to draw from the ids in common where systems lack some.
        audio: clips inside the page, in a folder beside it, or by their size.
    """

    systems: Mapping[str, Path]
    reference: Path | None = None
    prompts: Path | None = None
    raters: int = 20
    samples: int | None = None
    seed: int | None = None
    title: str = "Listening study"
    allow_missing: bool = False
    audio: Placement = "auto"


def check_request(request: StudyRequest, page: Path, key: Path) -> None:
    """Raise if a study cannot be made, as far as can be told before clips are looked at.

    Raises:
        RequestError: for numbers out of range, or a study that is there already.
    """
    if request.raters < 1:
        raise RequestError(f"Got {request.raters} raters; expected at least one.")
    if request.samples is not None and request.samples < 1:
        raise RequestError(f"Got {request.samples} samples; expected at least one.")
    hidden = 2 if request.reference is not None else 0
    if len(request.systems) + hidden > MOST_CLIPS:
        raise RequestError(
            f"{len(request.systems)} systems{' and two hidden clips' if hidden else ''} are more "
            f"than the {MOST_CLIPS} clips that a rater can keep apart. Make two studies."
        )
    there = next((path for path in (key, page) if path.exists()), None)
    if there is not None:
        raise RequestError(
            f"{there} exists already; a new key would make ratings of that study unreadable. "
            "Choose another folder."
        )


def count_items(request: StudyRequest, available: int) -> int:
    """Return how many items to draw.

    Raises:
        DataError: if more are asked for than there are.
    """
    if request.samples is None:
        return min(DEFAULT_SAMPLES, available)
    if request.samples > available:
        raise DataError(
            f"Asked for {request.samples} samples; {available} ids are common to all folders. "
            "Ask for fewer, or generate more."
        )
    return request.samples
