"""The run that others are children of: of a study, of a sweep, or of a run that is measured."""

from __future__ import annotations

from typing import Any

from .run_file import RunFile, offer_run_file, read_run_file
from .settings import Settings

PARENT = "mlflow.parentRunId"


def parent_run(client: Any, settings: Settings, experiment_id: str) -> str | None:
    """Return the run that a new one is a child of, or `None`.

    The first run of a study makes it; the others find it in the folder of the study.
    """
    if settings.options.parent_run_id is not None:
        return settings.options.parent_run_id
    if settings.study is None:
        return None
    known = read_run_file(settings.study, settings.uri)
    if known is not None:
        return known.run_id
    made: str = client.create_run(experiment_id, run_name=settings.study.name).info.run_id
    kept = offer_run_file(settings.study, RunFile(made, settings.uri)).run_id
    if kept != made:
        client.delete_run(made)
    return kept


def mark_begun(client: Any, settings: Settings, parent: str | None) -> None:
    """Show that a study goes on."""
    if _is_a_study(settings, parent):
        client.update_run(parent, status="RUNNING")


def mark_ended(
    client: Any, settings: Settings, parent: str | None, experiment_id: str, end_ms: int
) -> None:
    """Show that a study has ended, once none of its runs goes on."""
    if not _is_a_study(settings, parent):
        return
    going_on = f"tags.`{PARENT}` = '{parent}' and attributes.status = 'RUNNING'"
    if not client.search_runs([experiment_id], going_on, max_results=1):
        client.set_terminated(parent, status="FINISHED", end_time=end_ms)


def _is_a_study(settings: Settings, parent: str | None) -> bool:
    """Tell whether a parent was made here: any other one is its owner's to begin and end."""
    if settings.study is None:
        return False
    found = read_run_file(settings.study, settings.uri)
    return found is not None and found.run_id == parent and not found.launch
