"""How help names the kinds of values: a switch takes none, and a repeated option names its items.

Typer shows the Python type, so that a switch reads ``--overwrite <bool>``, as if a word had to
follow, and a repeated option ``--lora <list[str]>``.
"""

from __future__ import annotations

from typing import Any, get_args

import typer


def name_values(command: Any) -> Any:
    """Return a command whose help, and that of its verbs, names values as a person would."""
    for option in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(option, "metavar", None) is None:
            option.metavar = _metavar(option)
    for verb in getattr(command, "commands", {}).values():
        name_values(verb)
    return command


def _metavar(option: Any) -> str | None:
    """Return what stands for the value; `None` leaves it to typer."""
    if getattr(option, "is_flag", False):
        return ""
    described = getattr(option, "type_descriptor", None)  # typer before 0.26 has click's types
    items = get_args(described.annotation) if described and option.multiple else ()
    return f"<{items[0].__name__}>" if len(items) == 1 else None
