"""The page of the command line: every noun, verb and option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from audio_omni.core.cli.main import NOUNS, build_cli, load_noun
from audio_omni.plugins.host import Host

from .markdown import table

HEAD = """# Command line

`audio-omni [GLOBAL OPTIONS] NOUN [VERB] …`. Results go to stdout, progress and messages to stderr.
Exit status: 0 done, 1 failed (one line says why), 2 wrong usage. Options marked * can be repeated.

Global options stand before the noun.

"""
WORDS = {"str": "text", "integer": "int", "float": "number"}


def cli_page(host: Host) -> str:
    """Return the page for all built-in nouns."""
    parts = [HEAD, parameters(build_cli())]
    for noun in [*NOUNS, *(spec.name for spec in host.commands if spec.verb_of is None)]:
        for path, command in _walk(load_noun(noun, host), noun):
            parts.append(f"\n## `audio-omni {path}`\n\n{_about(command)}\n")
            if not getattr(command, "commands", None):
                parts.append(f"\n{parameters(command)}")
    return "".join(parts)


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _walk(child, f"{path} {name}")


def _about(command: Any) -> str:
    text = " ".join((command.help or "").split())
    verbs = [name for name, child in getattr(command, "commands", {}).items() if not child.hidden]
    return f"{text} Verbs: {', '.join(f'`{verb}`' for verb in verbs)}." if verbs else text


def parameters(command: Any) -> str:
    """Return the arguments and options of a command, or of the program itself."""
    shown = [p for p in command.params if p.name != "help"]
    rows = [[_name(p), _kind(p), _default(p), getattr(p, "help", None) or ""] for p in shown]
    return table(("Option", "Value", "Default", "Meaning"), rows)


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).upper()}`"
    names = sorted(parameter.opts, key=len)
    repeated = " *" if parameter.multiple else ""
    return ", ".join(f"`{name}`" for name in names) + repeated


def _kind(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.metavar:
        name = str(parameter.metavar).strip("<>").lower()
        return WORDS.get(name, name)
    described = getattr(parameter, "type_descriptor", None)  # typer before 0.26 has click's types
    if described is None:
        return WORDS.get(parameter.type.name, parameter.type.name)
    if get_origin(described.annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(described.annotation))
    annotation = (*get_args(described.annotation), described.annotation)[0]  # of a list, its items
    name = annotation.__name__
    return WORDS.get(name.lower(), name.lower())


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if getattr(parameter, "is_flag", False) or parameter.default is None:
        return ""
    return f"`{parameter.default}`"
