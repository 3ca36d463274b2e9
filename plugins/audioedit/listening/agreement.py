"""How many pairs people accept, with an interval, beside the paper's share."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from ....core.config import Config
from ....core.errors import DataError
from .making import FORMAT

PAPER_SHARE = 0.83
"""Share of a sample of pairs that people agreed with, about (section 3)."""

FOILS_CAUGHT = 0.5
"""A rater who takes more than half of the foils for edits does not listen, and is left out."""

Z_95 = 1.959964


class Answer(Config):
    """What a rater says of one item."""

    name: str = Field(description="Of the item, as the page has it.")
    done: bool = Field(description="Whether the edit was made.")
    harmed: bool = Field(description="Whether anything else was harmed.")


class Ratings(Config):
    """The file that the page saves."""

    format: str = Field(description="Of the file.")
    study: str = Field(description="Which page it was.")
    rater: str = Field(description="As the rater calls herself.")
    answers: tuple[Answer, ...] = Field(description="Of the items that were judged.")


@dataclass(frozen=True)
class Agreement:
    """A share of yes.

    Attributes:
        n: judgements.
        accepted: of them, those that heard the edit, and no harm.
        interval: of Wilson, 95 %.
    """

    n: int
    accepted: int
    interval: tuple[float, float]

    @property
    def share(self) -> float:
        """Return accepted judgements by judgements; 0 where there is none."""
        return self.accepted / self.n if self.n else 0.0


@dataclass(frozen=True)
class Verdict:
    """What people say of a data set.

    Attributes:
        overall: of all judgements of pairs.
        by_task: of the pairs of each edit.
        left_out: raters who took foils for edits, with the share that they did.
        paper: share of the paper.
    """

    overall: Agreement
    by_task: Mapping[str, Agreement]
    left_out: Mapping[str, float]
    paper: float = PAPER_SHARE


@dataclass(frozen=True)
class Judgement:
    """What one rater says of one pair.

    Attributes:
        id: of the pair.
        task: the edit.
        accepted: whether the edit was heard, and no harm.
    """

    id: str
    task: str
    accepted: bool


@dataclass(frozen=True)
class Judgements:
    """What raters say; see `Verdict.left_out`."""

    judgements: list[Judgement]
    left_out: Mapping[str, float]


def wilson(accepted: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return the interval of a share.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    if n == 0:
        return (0.0, 1.0)
    share = accepted / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (max(0.0, middle - half), min(1.0, middle + half))


def judge(key_path: Path, ratings_paths: Sequence[Path]) -> Verdict:
    """Return what the raters of a page say.

    Args:
        key_path: ``key.json`` beside the page.
        ratings_paths: files that the page saved, one a rater.

    Raises:
        DataError: if a file cannot be read, is of another page, or judges an item twice.
    """
    found = read_judgements(key_path, ratings_paths)
    heard = found.judgements
    tasks = sorted({judgement.task for judgement in heard})
    by_task = {t: _agreement([j.accepted for j in heard if j.task == t]) for t in tasks}
    return Verdict(_agreement([j.accepted for j in heard]), by_task, found.left_out)


def read_judgements(key_path: Path, ratings_paths: Sequence[Path]) -> Judgements:
    """Return what the raters of a page say of every pair, without those who do not listen.

    Raises:
        DataError: as `judge`.
    """
    if not key_path.is_file():
        raise DataError(
            f"There is no {key_path.name} in {key_path.parent}, which a listening page leaves "
            "there. Make the page first: audio-omni audioedit listen DIR."
        )
    key = _json(key_path)
    items = key.get("items", {})
    heard: list[Judgement] = []
    left_out: dict[str, float] = {}
    for path in ratings_paths:
        ratings = _ratings(path, str(key.get("study")), items)
        fooled = [a.done for a in ratings.answers if items[a.name]["foil"]]
        if fooled and sum(fooled) / len(fooled) > FOILS_CAUGHT:
            left_out[ratings.rater] = sum(fooled) / len(fooled)
            continue
        heard += [
            Judgement(items[a.name]["id"], items[a.name]["task"], a.done and not a.harmed)
            for a in ratings.answers
            if not items[a.name]["foil"]
        ]
    return Judgements(heard, left_out)


def _agreement(accepted: Sequence[bool]) -> Agreement:
    return Agreement(len(accepted), sum(accepted), wilson(sum(accepted), len(accepted)))


def _ratings(path: Path, study: str, items: Mapping[str, Any]) -> Ratings:
    try:
        ratings = Ratings.model_validate(_json(path))
    except ValidationError as failure:
        first = failure.errors()[0]
        raise DataError(
            f"{path.name} is no file of ratings ({'.'.join(map(str, first['loc']))}: "
            f"{first['msg']}); expected what the page's button 'Save the ratings' gives."
        ) from None
    names = [answer.name for answer in ratings.answers]
    strange = [name for name in names if name not in items]
    if ratings.format != FORMAT or ratings.study != study or strange:
        raise DataError(
            f"{path.name} is of listening test '{ratings.study}' ({ratings.format}); expected "
            f"'{study}' ({FORMAT}). Give the key that was made with its page."
        )
    if len(set(names)) != len(names):
        raise DataError(f"{path.name} judges an item twice; expected each once. Save it anew.")
    return ratings


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise DataError(
            f"{path.name} cannot be read as JSON ({failure.__class__.__name__}: {failure})."
        ) from None
    if not isinstance(found, dict):
        raise DataError(f"{path.name} holds no JSON mapping.")
    return found
