"""The means of listening studies in the columns of the paper's table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...core.errors import ConfigError, suggestion
from ...core.metric_result import MetricResult
from ..study.saved import read_scores
from .paper import PaperTable

SCALES = ("OVL", "REL")
HOW = (
    "no study is named of {tasks}. Make one with `audio-omni study make`, score it with "
    "`audio-omni study score KEY RATINGS --json > FILE`, and name it: --study TASK=FILE"
)


def parse_studies(texts: Sequence[str]) -> dict[str, Path]:
    """Return files of studies by the task that their clips are of, from ``TASK=FILE``.

    Raises:
        ConfigError: for a text of another form, or a task that is named twice.
    """
    found: dict[str, Path] = {}
    for text in texts:
        task, equals, path = text.partition("=")
        if not equals or not task or not path:
            raise ConfigError(f"--study {text}: expected TASK=FILE, like T2A=scores.json.")
        if task in found:
            raise ConfigError(f"--study names {task} twice; expected one study for each task.")
        found[task] = Path(path)
    return found


def listened_tasks(table: PaperTable) -> list[str]:
    """Return the tasks whose clips people rated in a table, none for most tables."""
    named = [column.rpartition(" ") for column in table.columns]
    return list(dict.fromkeys(task for task, _, scale in named if scale in SCALES))


def study_rows(
    table: PaperTable, studies: Mapping[str, Path]
) -> tuple[dict[str, dict[str, MetricResult]], dict[str, str]]:
    """Return a row for each system and hidden clip of the studies, and why columns are empty.

    Args:
        table: of the paper.
        studies: what `study score` printed, by task as the table calls it.

    Raises:
        ConfigError: if the table has no such task, or is of no listening study.
        DataError: if a file holds something else.
    """
    tasks = listened_tasks(table)
    for task in studies:
        if task not in tasks:
            has = f"people rated {', '.join(tasks)}" if tasks else "nobody listened; expected A6"
            raise ConfigError(
                f"--study {task}=… does not fit Table {table.number}, for which {has}."
                f"{suggestion(task, tasks)}"
            )
    rows: dict[str, dict[str, MetricResult]] = {}
    for task, path in studies.items():
        for scale, scores in read_scores(path).items():
            for score in scores:
                rows.setdefault(f"{score.source} (study)", {})[f"{task} {scale}"] = score
    filled = {column for row in rows.values() for column in row}
    unheard = HOW.format(tasks=", ".join(task for task in tasks if task not in studies))
    missing = {
        column: f"{column}: the study did not ask for it; `study make --prompts FILE` does."
        if column.rpartition(" ")[0] in studies
        else unheard
        for column in table.columns
        if column not in filled
    }
    return rows, missing
