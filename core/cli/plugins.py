"""``audio-omni plugins``: what is installed, what it adds, and what failed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

from ..errors import UnknownNameError, suggestion
from ..specs import ConditionerSpec, Origin, Spec, TaskSpec
from .tables import print_json, print_table

if TYPE_CHECKING:
    from ...plugins.host import Failure, Host

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("kind", "name", "slots", "injection", "distribution", "version", "state")


@app.command("list")
def list_plugins(
    context: typer.Context,
    as_json: bool = typer.Option(
        False, "--json", help=f"Print a list of objects: {', '.join(COLUMNS)}, plugin, summary."
    ),
) -> None:
    """List everything that plugins add, and the plugins that are blocked or failed."""
    rows = overview(context.obj)
    if as_json:
        print_json(rows)
    else:
        print_table(COLUMNS, rows)


@app.command()
def show(
    context: typer.Context,
    name: str = typer.Argument(help="Name or alias of something registered, or of a plugin."),
    as_json: bool = typer.Option(
        False, "--json", help="Print a list of objects: kind, all fields of the spec, origin."
    ),
) -> None:
    """Show all that is registered under a name, with its options."""
    entries = details(context.obj, name)
    if as_json:
        print_json(entries)
        return
    for entry in entries:
        rows = [{"field": key, "value": _readable(value)} for key, value in entry.items()]
        print_table(("field", "value"), rows)


@app.command()
def doctor(
    context: typer.Context,
    as_json: bool = typer.Option(
        False, "--json", help="Print a list of objects: plugin, distribution, version, reason, …"
    ),
) -> None:
    """Tell which plugins failed to load, with the original tracebacks; exit status 1 if any."""
    failures = context.obj.failures
    if as_json:
        print_json(
            [{**_origin(f.origin), "reason": f.reason, "traceback": f.traceback} for f in failures]
        )
    for failure in [] if as_json else failures:
        typer.echo(f"Failed to load {failure.origin}: {failure.reason}\n\n{failure.traceback}")
    if failures:
        raise typer.Exit(1)
    if not as_json:
        typer.echo(f"{len(context.obj.plugins)} plugins loaded, none failed.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the distribution: acme-voices.")],
    into: Annotated[Path, typer.Option("--into", help="Folder to make it in.")] = Path("."),
) -> None:
    """Write an installable plugin with a task, a conditioner, a metric and their tests."""
    from ...plugins.scaffold import write_plugin

    folder = write_plugin(name, into)
    typer.echo(f"Wrote {folder}. Next: pip install -e {folder} && pytest {folder}")


def overview(host: Host) -> list[dict[str, Any]]:
    """Return one plain row for each registration, recipe, observer, failure and block."""
    rows = [
        _row(registry.kind, spec.name, registry.origin(spec.name), spec)
        for _, registry in host.registries()
        for spec in registry
    ]
    rows += [_row("recipe", stem, host.recipe_origins[stem]) for stem in host.recipes]
    for name, plugin in host.plugins.items():
        if any(hook.startswith("on_") for hook in plugin.hooks):
            rows.append(_row("observer", name, plugin.origin))
    rows += [_row("plugin", f.origin.plugin, f.origin, state="failed") for f in host.failures]
    rows += [_row("plugin", name, None, state="blocked") for name in host.blocked]
    return rows


def details(host: Host, name: str) -> list[dict[str, Any]]:
    """Return everything known under a name: specs of any kind, recipes, plugins, failures.

    Raises:
        UnknownNameError: with close matches among all names.
    """
    found: list[dict[str, Any]] = []
    for _, registry in host.registries():
        if name in registry:
            spec, origin = registry.get(name), registry.origin(name)
            found.append({"kind": registry.kind, **_plain(spec), "origin": str(origin)})
    if name in host.recipes:
        origin = host.recipe_origins[name]
        found.append({"kind": "recipe", "path": str(host.recipes[name]), "origin": str(origin)})
    if name in host.plugins:
        plugin = host.plugins[name]
        found.append(
            {
                "kind": "plugin",
                **_origin(plugin.origin),
                "module": plugin.module,
                "hooks": list(plugin.hooks),
            }
        )
    found += [_failed(failure) for failure in host.failures if failure.origin.plugin == name]
    if not found:
        known = {row["name"] for row in overview(host)} | set(host.plugins)
        notes = " ".join(map(str, host.failures))
        hint = suggestion(name, sorted(known)) or " See: audio-omni plugins list."
        raise UnknownNameError(f"Nothing is called '{name}'.{hint} {notes}".rstrip())
    return found


def _row(
    kind: str, name: str, origin: Origin | None, spec: Spec | None = None, state: str = "ready"
) -> dict[str, Any]:
    injection = getattr(spec, "injection", None)
    return {
        "kind": kind,
        "name": name,
        "slots": _slots(spec),
        "injection": None if injection is None else str(injection),
        "distribution": origin.distribution if origin else None,
        "version": origin.version if origin else None,
        "state": state,
        "plugin": origin.plugin if origin else name,
        "summary": spec.summary if spec else None,
    }


def _slots(spec: Spec | None) -> str | None:
    """Return the payload slots that a task fills, or the one that a conditioner reads."""
    if isinstance(spec, TaskSpec):
        return ", ".join(spec.fills)
    return spec.reads if isinstance(spec, ConditionerSpec) else None


def _origin(origin: Origin) -> dict[str, Any]:
    return {"plugin": origin.plugin, "distribution": origin.distribution, "version": origin.version}


def _failed(failure: Failure) -> dict[str, Any]:
    return {
        "kind": "plugin",
        **_origin(failure.origin),
        "state": "failed",
        "reason": failure.reason,
    }


def _plain(spec: Spec) -> dict[str, Any]:
    """Return the fields of a spec as JSON values; a pydantic model becomes its JSON schema."""
    plain: dict[str, Any] = {}
    for field in fields(spec):
        value = getattr(spec, field.name)
        if isinstance(value, type) and issubclass(value, BaseModel):
            value = value.model_json_schema()
        plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def _readable(value: Any) -> str:
    """Return a value for the table: of a JSON schema only the fields with their help."""
    if isinstance(value, dict) and "properties" in value:
        fields_ = value["properties"].items()
        lines = [f"{key}: {about.get('description', '')}".rstrip(" :") for key, about in fields_]
        return "\n".join(lines) or "(none)"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
