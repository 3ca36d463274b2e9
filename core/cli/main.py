"""The command line: global options, then a noun. Nouns load when they are used.

A noun of the core is a module beside this one with one of

- ``app``: a `typer.Typer` with verbs,
- ``command``: a function, for a noun without verbs,
- ``build_app(catalog)``: returns a `typer.Typer` that depends on the plugins.

A plugin adds a noun with the hook ``register_commands``. Commands find the plugin host in
``context.obj``. They raise `AudioOmniError` for what a user can mend; it becomes one red line on
stderr and exit status 1. Wrong usage is exit status 2.
"""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from ..errors import AudioOmniError
from .help_types import name_values
from .nouns import NOUNS

if TYPE_CHECKING:
    from ...plugins.host import Host

QUIET_NOUNS = frozenset({"plugins", "doctor"})
"""Nouns that report plugin failures themselves."""


class NounGroup(TyperGroup):
    """A group that knows the names of its commands, and imports one only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the nouns of the core, then those of plugins."""
        self._know_commands(ctx)
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stand-in that has a name and a line of help; enough for listings."""
        self._know_commands(ctx)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the real command of the first argument, imported now."""
        name, known, rest = super().resolve_command(ctx, args)
        if name is None or known is None:
            return name, known, rest
        host = _host(ctx)
        if name not in QUIET_NOUNS:
            _report_failures(host)
        return name, load_noun(name, host), rest

    def _know_commands(self, ctx: Any) -> None:
        if self.commands:
            return
        known = {noun: summary for noun, (_, summary) in NOUNS.items()}
        known.update({s.name: s.summary for s in _host(ctx).commands if s.verb_of is None})
        for noun, summary in known.items():
            self.add_command(TyperCommand(name=noun, help=summary))


def load_noun(noun: str, host: Host) -> Any:
    """Return the command object of a noun, importing its module.

    Raises:
        PluginError: if a plugin's command cannot be imported.
    """
    if noun not in NOUNS:
        spec = host.commands.get(noun)
        command = _as_command(noun, host.commands.load(noun), spec.summary)
        for other in host.commands:
            if other.verb_of == noun:
                verb = other.name.removeprefix(f"{noun}_")
                command.add_command(_as_command(verb, host.commands.load(other.name), ""), verb)
        return command
    module_name, summary = NOUNS[noun]
    module = importlib.import_module(f".{module_name}", __package__)
    if hasattr(module, "build_app"):
        return _as_command(noun, module.build_app(host), summary)
    return _as_command(noun, getattr(module, "app", None) or module.command, summary)


def _as_command(noun: str, implementation: Any, summary: str) -> Any:
    """Mount a function or an app under a parent of our own; a lone verb stays a verb."""
    parent = typer.Typer(add_completion=False)
    parent.callback()(lambda: None)
    if isinstance(implementation, typer.Typer):
        parent.add_typer(implementation, name=noun, help=summary)
    else:
        parent.command(noun)(implementation)
    return name_values(get_command(parent).commands[noun])  # type: ignore[attr-defined]


def _host(ctx: Any) -> Host:
    """Return the host of this invocation, built on first use from the global options."""
    if ctx.obj is None:
        from ...plugins.manager import build_plugin_manager

        modules = tuple(ctx.params.get("plugin") or ())
        if modules and os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # an installed script does not look where it is called
        ctx.obj = build_plugin_manager(
            extra_modules=modules,
            blocked=tuple(ctx.params.get("no_plugin") or ()),
            strict=bool(ctx.params.get("strict")),
        )
    host: Host = ctx.obj
    return host


def catalog_opener(context: typer.Context) -> Callable[[], Host]:
    """Return what loads the plugins of this invocation again, in a process of its own."""
    from ...plugins.manager import build_plugin_manager

    chosen = context.find_root().params
    return partial(
        build_plugin_manager,
        extra_modules=tuple(chosen.get("plugin") or ()),
        blocked=tuple(chosen.get("no_plugin") or ()),
    )


def _report_failures(host: Host) -> None:
    for failure in host.failures:
        typer.secho(f"warning: {failure}", fg="yellow", err=True)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"audio-omni {version('audio-omni')}")
        raise typer.Exit


PluginModules = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="MODULE", is_eager=True, help="Also load this plugin module."),
]
BlockedPlugins = Annotated[
    list[str] | None,
    typer.Option("--no-plugin", metavar="NAME", is_eager=True, help="Leave out this plugin."),
]
Strict = Annotated[
    bool, typer.Option("--strict", is_eager=True, help="Stop when a plugin fails to load.")
]
Version = Annotated[
    bool,
    typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version."),
]


def build_cli() -> Callable[..., Any]:
    """Return a fresh command line; call its ``main(args)``."""
    app = typer.Typer(cls=NounGroup, no_args_is_help=True, add_completion=False)

    @app.callback()
    def options(
        plugin: PluginModules = None,
        no_plugin: BlockedPlugins = None,
        strict: Strict = False,
        version: Version = False,
    ) -> None:
        """Understand, generate and edit sound, music and speech; every task is a plugin."""

    return name_values(get_command(app))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: without the program's name; left out: those of the process.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    chosen = list(sys.argv[1:] if arguments is None else arguments)
    try:
        build_cli().main(args=chosen, prog_name="audio-omni")  # type: ignore[attr-defined]
    except AudioOmniError as failure:
        _fail(str(failure))
    except OSError as failure:  # what no part foresaw: a disk that is full, a folder that is gone
        if failure.filename is None and failure.errno != errno.ENOSPC:
            raise
        where = failure.filename or "Cannot write"
        _fail(f"{where}: {failure.strerror}. Check the path, its permissions and space.")


def _fail(message: str) -> NoReturn:
    typer.secho(f"error: {message}", fg="red", err=True)
    sys.exit(1)
