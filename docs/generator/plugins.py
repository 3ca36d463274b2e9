"""The page of everything that is registered: tasks, conditioners, metrics, and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audio_omni.core.specs import Spec
from audio_omni.plugins.host import Host
from pydantic import BaseModel

from .markdown import fields_table, table

HEAD = """# What is built in

Everything here is a plugin; `audio-omni plugins list` shows it together with what is installed
beside it, `audio-omni plugins show NAME` one of them. How to add to it:
[write a plugin](../how-to/write-a-plugin.md).
"""
FACTS: dict[str, tuple[tuple[str, Callable[[Any], str]], ...]] = {
    "task": (
        ("Aliases", lambda s: ", ".join(f"`{alias}`" for alias in s.aliases)),
        ("Fills", lambda s: _names(s.fills)),
        ("Gives", lambda s: str(s.output)),
        ("Default metrics", lambda s: _names(s.default_metrics)),
    ),
    "conditioner": (
        ("Reads", lambda s: f"`{s.reads}`"),
        ("Injection", lambda s: f"`{s.injection}`"),
        ("Frozen network", lambda s: "yes" if s.frozen else "no"),
        ("Cacheable", lambda s: "yes" if s.cacheable else "no"),
    ),
    "metric": (
        ("Better", lambda s: str(s.direction)),
        ("Unit", lambda s: s.unit),
        ("Scope", lambda s: s.scope),
        ("Needs the reference", lambda s: "yes" if s.needs_reference else "no"),
    ),
    "embedder": (
        ("Gives", lambda s: _names(s.outputs)),
        ("Reads", lambda s: ", ".join(s.reads)),
    ),
    "benchmark": (("Task", lambda s: f"`{s.task}`"),),
    "solver": (("Network calls per step", lambda s: str(s.evaluations_per_step)),),
    "edit_provider": (("Provides", lambda s: s.provides),),
}
TITLES = {
    "task": "Tasks",
    "conditioner": "Conditioners",
    "metric": "Metrics",
    "embedder": "Embedders",
    "benchmark": "Benchmarks",
    "codec": "Codecs",
    "source": "Sources",
    "solver": "Solvers",
    "edit_provider": "Providers of editing pairs",
    "command": "Commands",
}
SETTINGS = {"conditioner", "metric", "embedder", "codec", "source", "edit_provider"}


def plugins_page(host: Host) -> str:
    """Return the page for all built-in plugins."""
    parts = [HEAD]
    for _, registry in host.registries():
        parts.append(f"\n## {TITLES[registry.kind]}\n")
        for spec in registry:
            plugin = registry.origin(spec.name).plugin
            parts.append(_entry(registry.kind, spec, plugin))
    return "".join([*parts, _others(host)])


def _entry(kind: str, spec: Spec, plugin: str) -> str:
    title = f"{spec.name}:" if kind == "source" else spec.name
    facts = [(name, say(spec)) for name, say in FACTS.get(kind, ())] + [("Plugin", f"`{plugin}`")]
    told = "; ".join(f"{name.lower()}: {value}" for name, value in facts if value)
    text = f"\n### `{title}`\n\n{spec.summary}\n\n{told[:1].upper()}{told[1:]}.\n"
    model = _settings(kind, spec)
    if model is None:
        return text
    label = "Request" if kind == "task" else "Options"
    return f"{text}\n{label}:\n\n{fields_table(model)}"


def _settings(kind: str, spec: Spec) -> type[BaseModel] | None:
    """Return the model of a task's request, or of options where there are any."""
    if kind == "task":
        return spec.request  # type: ignore[attr-defined, no-any-return]
    return spec.config if kind in SETTINGS and spec.config.model_fields else None


def _others(host: Host) -> str:
    observers = [
        [f"`{name}`", f"`{plugin.module}`"]
        for name, plugin in host.plugins.items()
        if any(hook.startswith("on_") for hook in plugin.hooks)
    ]
    recipes = [[f"`{name}`", f"`{host.recipe_origins[name].plugin}`"] for name in host.recipes]
    return (
        f"\n## Observers\n\n{table(('Plugin', 'Module'), observers)}"
        f"\n## Recipes\n\nTheir text: [recipes](recipes.md#built-in-recipes).\n\n"
        f"{table(('Recipe', 'Plugin'), recipes)}"
    )


def _names(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)
