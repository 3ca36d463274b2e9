"""Thresholds from verdicts of people: the most kept at a precision that is asked for (spec 3.4)."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....core.errors import DataError
from ..seeds import stream
from ..stages.outcomes import Item
from ..stages.workshop import Workshop
from .config import Thresholds
from .phrases import scorer_of
from .score import ScoreStage
from .semantic import fault_of

STEPS = 24
"""Values of each threshold that are tried: quantiles of the verdicts' own scores."""


@dataclass(frozen=True)
class Calibration:
    """Thresholds, and what they do.

    Attributes:
        thresholds: to be put into ``real.semantic.thresholds``.
        precision: share of good ones among the verdicts that pass.
        recall: share of the good ones that pass.
        retention: share of all scored items that pass; the paper keeps 14.4 %.
        verdicts: items that people judged.
        good: of those, how many every rater called good.
        twice: of those, how many several people judged; the spec asks for all.
    """

    thresholds: Thresholds
    precision: float
    recall: float
    retention: float
    verdicts: int
    good: int
    twice: int


def calibrate(workshop: Workshop, verdicts: Path, *, precision: float = 0.83) -> Calibration:
    """Return the thresholds with the largest recall at a precision.

    Args:
        workshop: of a data set whose stage ``score`` is complete.
        verdicts: JSON lines of ``{"id": …, "good": true}``, several for an item that several
            people judged: it is good if all say so. The spec asks for 200 items and two people.
        precision: least share of good ones among what passes.

    Raises:
        DataError: if the file is not such, an id was not scored, or no threshold is precise enough.
    """
    if ScoreStage.name not in workshop.keys:
        raise DataError(
            f"{workshop.root.name} has no real branch; expected one, whose scores are calibrated. "
            "Thresholds of the synthesis branch are constants."
        )
    scored = {item.id: item for item in workshop.table(ScoreStage.name)}
    if not scored:
        raise DataError(
            f"{workshop.root.name} has no scored items yet; expected those of stage "
            f"'{ScoreStage.name}'. Run first: audio-omni audioedit run -o DIR."
        )
    said = read_verdicts(verdicts)
    good = {id_: all(every) for id_, every in said.items()}
    unknown = sorted(good.keys() - scored.keys())
    if unknown:
        raise DataError(
            f"{verdicts.name} judges '{unknown[0]}', which was not scored ({len(unknown)} of "
            f"{len(good)} in all). Take ids from the same data set: audio-omni audioedit calibrate "
            "DIR --sample 200."
        )
    judged = [(scored[id_].data["clap"], is_good) for id_, is_good in sorted(good.items())]
    found = _best(judged, precision, workshop, hashlib.sha256(verdicts.read_bytes()).hexdigest())
    passing = [is_good for scores, is_good in judged if fault_of(scores, found) is None]
    kept = sum(fault_of(item.data["clap"], found) is None for item in scored.values())
    return Calibration(
        found,
        precision=sum(passing) / len(passing),
        recall=sum(passing) / sum(good.values()),
        retention=kept / len(scored),
        verdicts=len(judged),
        good=sum(good.values()),
        twice=sum(len(every) > 1 for every in said.values()),
    )


def sample_to_judge(workshop: Workshop, count: int = 200) -> list[Item]:
    """Return scored items for people to judge, drawn by the data set's name."""
    scored = sorted(workshop.table(ScoreStage.name), key=lambda item: item.id)
    rng = stream(workshop.config.key, "real", "verdicts", "sample")
    return [scored[k] for k in rng.permutation(len(scored))[:count]]


def lines_to_judge(workshop: Workshop, count: int = 200) -> Iterator[dict[str, Any]]:
    """Yield lines of a file of verdicts in which nothing is judged yet.

    Each tells the item's phrase and where its sound, and the recording, can be heard.

    Raises:
        DataError: if nothing is scored yet.
    """
    chosen = sample_to_judge(workshop, count)
    if not chosen:
        raise DataError(
            f"{workshop.root.name} has no scored items yet; expected those of stage "
            f"'{ScoreStage.name}'. Run first: audio-omni audioedit run -o DIR."
        )
    for item in chosen:
        heard = {name: item.data[name]["sha256"] for name in ("target", "mixture")}
        paths = {name: str(workshop.blobs.path(sha256)) for name, sha256 in heard.items()}
        yield {"id": item.id, "phrase": item.data["phrase"]["label"], **paths, "good": None}


def read_verdicts(path: Path) -> dict[str, list[bool]]:
    """Return id → what each who judged it says.

    Raises:
        DataError: if a line is no verdict, or there are none that differ.
    """
    said: dict[str, list[bool]] = defaultdict(list)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as failure:
        raise DataError(
            f"{path} cannot be read as text in UTF-8 ({failure}); expected a file of verdicts, "
            "lines of JSON. Check the path."
        ) from None
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            good = values["good"]
            if not isinstance(good, bool):
                raise ValueError("good is not true or false")
            said[str(values["id"])].append(good)
        except (ValueError, KeyError, TypeError) as failure:
            raise DataError(
                f"{path.name}, line {number} is no verdict ({failure}); expected "
                '{"id": "…", "good": true}.'
            ) from None
    found = {id_: all(all_said) for id_, all_said in said.items()}
    if len(set(found.values())) < 2:
        raise DataError(
            f"{path.name} has {sum(found.values())} good of {len(found)} items; expected some of "
            "both kinds, or nothing can be told apart. Judge more."
        )
    return dict(said)


def _best(
    judged: Sequence[tuple[Mapping[str, float], bool]],
    precision: float,
    workshop: Workshop,
    labelled_sha256: str,
) -> Thresholds:
    scores = np.array([[s["s1"], s["s2"], s["s3"]] for s, _ in judged])
    good = np.array([is_good for _, is_good in judged])
    levels = np.quantile(scores, np.linspace(0, 1, STEPS), axis=0, method="lower")
    best: tuple[int, float, tuple[float, float, float]] | None = None
    for cut in itertools.product(*(np.unique(column) for column in levels.T)):
        passes = (scores >= np.array(cut)).all(axis=1)
        true = int((passes & good).sum())
        share = true / max(int(passes.sum()), 1)
        if true and share >= precision and (best is None or (true, share) > best[:2]):
            best = (true, share, (float(cut[0]), float(cut[1]), float(cut[2])))
    if best is None:
        raise DataError(
            f"No thresholds reach a precision of {precision:g} on {len(judged)} verdicts, "
            f"{int(good.sum())} of them good. Ask for less, or mend the separation."
        )
    target, over_residual, over_chance = best[2]
    return Thresholds(
        weights_sha256=scorer_of(workshop).weights_sha256(),
        target=target,
        over_residual=over_residual,
        over_chance=over_chance,
        labelled_sha256=labelled_sha256,
    )
