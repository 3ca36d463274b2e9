"""Which tasks a model was trained on, and what to say when it is asked for another one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .catalog import Catalog
from .errors import UnknownNameError
from .specs import TaskSpec


def learned_tasks(recipe: Mapping[str, Any], catalog: Catalog) -> frozenset[str] | None:
    """Return the tasks of a saved recipe's mixture, by their names in the catalog.

    `None` if that does not say all that the model can do: it was imported, or it began with the
    weights of another model.
    """
    sources = (recipe.get("mixture") or {}).get("sources")
    if not sources or (recipe.get("train") or {}).get("start_from") is not None:
        return None
    return frozenset(_name(str(source["task"]), catalog) for source in sources)


def unlearned_note(spec: TaskSpec, learned: Collection[str] | None) -> str | None:
    """Return a sentence for a task that a model was not trained on; `None` if there is none to say.

    Args:
        spec: of the task that is asked for. One that needs no training asks for the task whose
            sentences it uses. Answers are those of the language model, of which a mixture says
            nothing.
        learned: names of tasks; `None`: not known.
    """
    needed = spec.name if spec.needs_training else spec.worded_as
    if learned is None or needed is None or needed in learned or spec.output == "text":
        return None
    return (
        f"this model was not trained on {needed}, so the result will hardly be what was asked for; "
        f"it was trained on {', '.join(sorted(learned))}"
    )


def _name(task: str, catalog: Catalog) -> str:
    """Return the name behind an alias; that of a plugin that is gone stays."""
    try:
        return catalog.tasks.get(task).name
    except UnknownNameError:
        return task
