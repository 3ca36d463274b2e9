"""Golden cases of multiple-choice answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..statistics.choices import (
    LETTERS,
    Accuracy,
    accuracy,
    accuracy_by_group,
    mmau_match,
    mmsu_letter,
    parse_letter,
)
from .cases import Case, Tolerance
from .comparison import Comparison

NEAR = Tolerance(rtol=1e-12)
DRAWN = "RANDOM"
"""Where lmms-eval draws a letter, ours says that none can be read."""


def check_mmau(case: Case, comparison: Comparison) -> None:
    """Compare the official match, or the letters that are read."""
    if not case.has("cases"):
        _check_letters(case, comparison)
        return
    right: list[bool | None] = [
        mmau_match(asked["prediction"], asked["answer"], asked["choices"])
        for asked in case.input("cases")
    ]
    comparison.equal("match", right)
    comparison.near("accuracy_percent", 100.0 * (accuracy(right).value or 0.0), NEAR)


def _check_letters(case: Case, comparison: Comparison) -> None:
    choices = {str(letter): str(text) for letter, text in case.input("choices").items()}
    responses = case.input("responses")
    for name, rule in (("mmau_task", "mmau"), ("mmsu_task", "mmsu")):
        read = [
            parse_letter(response, choices, rule="mmau" if rule == "mmau" else "mmsu") or DRAWN
            for response in responses
        ]
        comparison.equal(name, read)


def check_mmsu(case: Case, comparison: Comparison) -> None:
    """Compare the letters of the official parse, or the accuracies that follow from them."""
    if case.has("records"):
        _check_accuracies(case, comparison)
        return
    parsed = [(response, mmsu_letter(response)) for response in case.input("responses")]
    comparison.equal(
        "per_response",
        [
            {"response": response, "letter": found.letter, "counted_in_denominator": found.counted}
            for response, found in parsed
        ],
    )


def _check_accuracies(case: Case, comparison: Comparison) -> None:
    records = case.input("records")
    parsed = [mmsu_letter(record["response"]) for record in records]
    right = [_right(record, found.letter) for record, found in zip(records, parsed, strict=True)]
    counted = [found.counted for found in parsed]
    name = "repository_dingdongwang_MMSU"
    official = case.outputs.get(name)
    if isinstance(official, Mapping):
        comparison.seen(name)
        whole = accuracy(right, counted)
        stored = {key: official.get(key) for key in ("overall_accuracy", "total_counted")}
        comparison.numbers(f"{name}, overall", whole.value, stored["overall_accuracy"], NEAR)
        comparison.same(f"{name}, counted", whole.counted, stored["total_counted"])
        _compare_groups(comparison, official, records, right, counted)
    comparison.near("strict_accuracy_all_records", accuracy(right).value, NEAR)
    comparison.omit("older_repository", "its letter survives from the record before")


def _compare_groups(
    comparison: Comparison,
    official: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    right: Sequence[bool | None],
    counted: Sequence[bool],
) -> None:
    categories = [str(record["category"]) for record in records]
    by_category = accuracy_by_group(right, categories, counted)
    _compare_accuracies(comparison, "per category", by_category, official.get("per_category", {}))
    for category, stored in official.get("per_sub_category", {}).items():
        rows = [number for number, name in enumerate(categories) if name == category]
        found = accuracy_by_group(
            [right[n] for n in rows],
            [str(records[n]["sub-category"]) for n in rows],
            [counted[n] for n in rows],
        )
        _compare_accuracies(comparison, f"{category}, per sub-category", found, stored)


def _compare_accuracies(
    comparison: Comparison, what: str, found: Mapping[str, Accuracy], stored: Mapping[str, Any]
) -> None:
    for name, wanted in stored.items():
        got = found[name].value if name in found else None
        comparison.numbers(f"{what}, {name}", got, wanted, NEAR)


def _right(record: Mapping[str, Any], letter: str | None) -> bool | None:
    if letter is None:
        return None
    chosen = record[f"choice_{LETTERS[LETTERS.index(letter)].lower()}"]
    return bool(chosen == record["answer_gt"])
