"""The results of benchmarks as rows of tables, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..scoring.markdown import beside, n_text
from .method import folder_name

SHOWN = ("benchmark", "metric", "value", "95 % interval", "unit", "better", "n", "flags")
BY_GROUP = ("benchmark", "metric", "by", "group", "value", "n", "unread")


def result_rows(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each metric of each evaluation, as of `Evaluation.to_dict`."""
    return [
        {
            "benchmark": folder_name(one["benchmark"], one["details"].get("method")),
            "metric": result["name"],
            "value": f"{result['value']:.4g}",
            "95 % interval": " … ".join(f"{end:.4g}" for end in result["interval"] or ()),
            "unit": result["unit"],
            "better": result["direction"],
            "n": n_text(result["n"], result.get("undefined", {})),
            "flags": ", ".join(result["flags"]),
        }
        for one in results
        for result in one["results"]
    ]


def group_rows(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each group of questions that a metric tells the accuracy of."""
    return [
        {"benchmark": one["benchmark"], "metric": result["name"], **row}
        for one in results
        for result in one["results"]
        for row in _groups(result["details"].get("groups", {}))
    ]


def markdown(evaluation: Mapping[str, Any]) -> str:
    """Return an evaluation as a page of Markdown: values, groups, and what made them."""
    details = evaluation["details"]
    parts = [f"# {evaluation['benchmark']}", "", *_table(SHOWN, result_rows([evaluation])), ""]
    groups = group_rows([evaluation])
    if groups:
        parts += ["## By group", "", *_table(BY_GROUP, groups), ""]
    parts += [f"- {line}" for line in beside(evaluation["results"])]
    refused = evaluation["refused"].items()
    parts += [f"- `{name}` has no value. {reason}" for name, reason in refused]
    parts += [f"- {note}" for note in details.get("notes", ())]
    told = ("model", "seed", "sampling", "rows")
    facts = {name: details[name] for name in told if name in details}
    parts += ["", "## How", "", *(f"- {name}: {_plain(value)}" for name, value in facts.items())]
    versions = [{"what": what, "version": said} for what, said in details["versions"].items()]
    parts += ["", "## Versions", "", *_table(("what", "version"), versions)]
    return "\n".join(parts) + "\n"


def _groups(groups: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    for field, by_name in groups.items():
        for name, found in by_name.items():
            yield {
                "by": field,
                "group": name,
                "value": f"{found['value']:.4g}",
                "n": found["n"],
                "unread": f"{found['unread']:.3g}",
            }


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)


def _table(header: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    cells = [[str(row[column]).replace("|", "\\|") for column in header] for row in rows]
    return lines + ["| " + " | ".join(row) + " |" for row in cells]
