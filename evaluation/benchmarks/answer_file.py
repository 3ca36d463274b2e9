"""Answers of any system to a benchmark's questions, from a file, checked against the benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.data.jsonl import read_jsonl
from ...core.errors import DataError
from ...core.source import Row
from ..statistics.choices import check_choices

GIVEN = ("model_output", "model_prediction", "response", "prediction", "answer")
"""Fields that hold what the model said, the first of a record's counts; MMAU's and MMSU's files
have ``answer`` and ``answer_gt`` for the right one, beside one of the others."""

LETTERED = ("choice_a", "choice_b", "choice_c", "choice_d")


def read_answers(path: Path, rows: Sequence[Row]) -> dict[str, str]:
    """Return the answer to each question by id; one that the system did not answer is empty.

    Args:
        path: JSON lines, or one JSON list, of objects with ``id`` and a field of `GIVEN`; options
            (``choices``, or ``choice_a`` to ``choice_d``) are compared where a record has them.
        rows: the questions.

    Raises:
        DataError: for a file of another form, an id twice, unknown or missing ids, other options.
    """
    answers: dict[str, str] = {}
    options: dict[str, list[str]] = {}
    expected = {row.id: [str(one) for one in row.fields.get("choices") or ()] for row in rows}
    for where, record in _records(path):
        name = record.get("id")
        if name in (None, ""):
            raise DataError(f"{where}: no 'id'; expected that of a question.")
        key = str(name)
        if key in answers:
            raise DataError(f"{where}: question '{key}' is answered twice; expected once.")
        answers[key] = _said(record, where)
        options[key] = _options(record) or expected.get(key, [])
    check_choices(expected, options)
    return answers


def _records(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        raise DataError(f"{path} cannot be read ({failure}); expected answers as JSON.") from None
    if not text.lstrip().startswith("["):
        return ((f"{path}, line {line}", record) for line, record in read_jsonl(path))
    try:
        listed = json.loads(text)
    except ValueError as failure:
        raise DataError(f"{path} is not valid JSON ({failure}); expected a list.") from None
    for number, record in enumerate(listed, start=1):
        if not isinstance(record, dict):
            raise DataError(f"{path}, entry {number}: got {record!r:.60}; expected an object.")
    return ((f"{path}, entry {number}", record) for number, record in enumerate(listed, start=1))


def _said(record: Mapping[str, Any], where: str) -> str:
    named = [name for name in GIVEN if name in record]
    if not named:
        raise DataError(
            f"{where}: got fields {', '.join(record)}; expected what the model said in one of "
            f"{', '.join(GIVEN)} (empty where it said nothing)."
        )
    said = record[named[0]]
    return "" if said is None else str(said)


def _options(record: Mapping[str, Any]) -> list[str]:
    listed = record.get("choices")
    if isinstance(listed, list):
        return [str(one) for one in listed]
    return [str(record[name]) for name in LETTERED if record.get(name) not in (None, "")]
