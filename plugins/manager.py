"""Loading of plugins: built-in ones, installed ones, and modules named on the command line.

Nothing happens at import; every call of `build_plugin_manager` makes a host of its own.
"""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import PluginError, suggestion
from ..core.specs import Origin
from .builtin import ESSENTIAL
from .candidates import (
    Candidate,
    builtin_candidates,
    entry_point_candidates,
    module_candidate,
)
from .host import Failure, Host, LoadedPlugin

ENVIRONMENT = "AUDIO_OMNI_PLUGINS"
RECIPE_SUFFIXES = (".yaml", ".yml")


def build_plugin_manager(
    *,
    blocked: Sequence[str] = (),
    extra_modules: Sequence[str] = (),
    strict: bool = False,
    entry_points: bool = True,
) -> Host:
    """Load plugins and return the host that knows everything they registered.

    Built-in plugins load first, then entry points of the group ``audio_omni``, then
    ``extra_modules``. The environment variable ``AUDIO_OMNI_PLUGINS`` is a comma-separated list:
    ``-name`` blocks a plugin; plain names load only those (and essential ones). A plugin that
    fails is left out as a whole and kept in `Host.failures`; the others work on.

    Args:
        blocked: names of plugins to leave out.
        extra_modules: import paths of modules with hook implementations.
        strict: raise the first failure instead of keeping it.
        entry_points: whether installed distributions are searched.

    Raises:
        PluginError: if an essential or unknown plugin is to be blocked; under ``strict`` for
            any failure, from its original exception.
    """
    only, blocked_by_environment = _read_environment(os.environ.get(ENVIRONMENT, ""))
    installed = [*builtin_candidates(), *(entry_point_candidates() if entry_points else ())]
    candidates = [*installed, *(module_candidate(module) for module in extra_modules)]
    _check_blocked([*blocked, *blocked_by_environment], blocked, candidates)
    host = Host()
    host.blocked = tuple(dict.fromkeys([*blocked, *blocked_by_environment]))
    for candidate in candidates:
        name = candidate.origin.plugin
        asked_for = not only or name in only or name in ESSENTIAL or name in extra_modules
        if name not in host.blocked and asked_for:
            _load(host, candidate, strict)
    host.hooks.check_pending()
    notes = [str(failure) for failure in host.failures] + _left_out(host, candidates)
    for _, registry in host.registries():
        registry.freeze(notes)
    return host


def _left_out(host: Host, candidates: Sequence[Candidate]) -> list[str]:
    """Return a sentence on the plugins that were not asked for, if there are any."""
    failed = {failure.origin.plugin for failure in host.failures}
    names = dict.fromkeys(candidate.origin.plugin for candidate in candidates)
    names_left = [name for name in names if name not in host.plugins and name not in failed]
    if not names_left:
        return []
    return [f"Left out by --no-plugin or {ENVIRONMENT}: {', '.join(names_left)}."]


def _read_environment(text: str) -> tuple[set[str], list[str]]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    return (
        {name for name in names if not name.startswith("-")},
        [name[1:] for name in names if name.startswith("-")],
    )


def _check_blocked(
    names: Iterable[str], explicit: Sequence[str], candidates: Sequence[Candidate]
) -> None:
    """An absent plugin may be blocked by the environment, which outlives installations."""
    known = [candidate.origin.plugin for candidate in candidates]
    for name in names:
        if name in ESSENTIAL:
            raise PluginError(f"Plugin '{name}' cannot be disabled: nothing runs without it.")
        if name in explicit and name not in known:
            raise PluginError(
                f"Cannot leave out plugin '{name}': there is none.{suggestion(name, known)} "
                f"Plugins: {', '.join(known)}."
            )


def _load(host: Host, candidate: Candidate, strict: bool) -> None:
    """Load one plugin as a whole, or record why not."""
    plugin: Any = None
    try:
        _check_name(host, candidate.origin)
        plugin = candidate.load()
        _register(host, plugin, candidate.origin)
    except (Exception, SystemExit) as failure:
        if plugin is not None and host.hooks.get_plugin(candidate.origin.plugin) is plugin:
            host.hooks.unregister(plugin)
        if strict:
            raise _as_plugin_error(candidate.origin, failure) from failure
        host.failures.append(_failure(candidate, failure))


def _check_name(host: Host, origin: Origin) -> None:
    taken = [plugin.origin for plugin in host.plugins.values()]
    taken += [failure.origin for failure in host.failures]
    for other in taken:
        if other.plugin == origin.plugin:
            raise PluginError(
                f"plugin name '{origin.plugin}' is used by {other.distribution} {other.version} "
                f"and again by {origin.distribution} {origin.version}; rename one entry point"
            )


def _register(host: Host, plugin: Any, origin: Origin) -> None:
    """Register hooks, then run the registration hooks; raises before anything is added."""
    if inspect.isclass(plugin):
        raise PluginError(f"{origin} is the class {plugin.__name__}. Have you forgotten the ()?")
    known_as = host.hooks.get_name(plugin)
    if known_as is not None:
        raise PluginError(f"{origin} is loaded already, as plugin '{known_as}'.")
    host.hooks.register(plugin, name=origin.plugin)
    hooks = _hooks_of(host, plugin, origin)
    found = {name: _call(host, plugin, name, origin) for name in hooks if "register_" in name}
    recipes = _check_recipes(host, found.pop("register_recipes", []), origin)
    for hook, registry in host.registries():
        registry.check(found.get(hook, []), origin)
    for hook, registry in host.registries():
        registry.add(found.get(hook, []), origin)
    host.recipes.update(recipes)
    host.recipe_origins.update(dict.fromkeys(recipes, origin))
    host.plugins[origin.plugin] = LoadedPlugin(origin, _module_of(plugin), hooks)


def _hooks_of(host: Host, plugin: Any, origin: Origin) -> tuple[str, ...]:
    """Return the hooks that a plugin implements; a misspelt one or none at all is an error."""
    callers = host.hooks.get_hookcallers(plugin) or []
    known = [name for name, caller in vars(host.hooks.hook).items() if caller.has_spec()]
    for caller in callers:
        if not caller.has_spec():
            raise PluginError(
                f"{origin} implements the unknown hook '{caller.name}'."
                f"{suggestion(caller.name, known)} Hooks: {', '.join(sorted(known))}."
            )
    if not callers:
        raise PluginError(f"{origin} implements no hook; mark functions with @hookimpl.")
    return tuple(caller.name for caller in callers)


def _call(host: Host, plugin: Any, hook: str, origin: Origin) -> list[Any]:
    for implementation in getattr(host.hooks.hook, hook).get_hookimpls():
        if implementation.plugin is plugin:
            result = implementation.function()
            if not isinstance(result, list | tuple):
                raise PluginError(f"'{hook}' of {origin} returned {result!r}; expected a list.")
            return list(result)
    return []


def _check_recipes(host: Host, paths: Sequence[Any], origin: Origin) -> dict[str, Path]:
    recipes: dict[str, Path] = {}
    for path in map(Path, paths):
        if path.suffix not in RECIPE_SUFFIXES or not path.is_file():
            raise PluginError(
                f"'register_recipes' of {origin} names {path}, which is no YAML file."
            )
        if path.stem in recipes or path.stem in host.recipes:
            other = host.recipe_origins.get(path.stem, origin)
            raise PluginError(
                f"Recipe name '{path.stem}' is registered by {other} and again by {origin}."
            )
        recipes[path.stem] = path
    return recipes


def _module_of(plugin: Any) -> str:
    return plugin.__name__ if inspect.ismodule(plugin) else type(plugin).__module__


def _failure(candidate: Candidate, failure: BaseException) -> Failure:
    text = "".join(traceback.format_exception(failure))
    return Failure(candidate.origin, _reason(failure), text, failure, candidate.builtin)


def _reason(failure: BaseException) -> str:
    lines = str(failure).strip().splitlines()
    return lines[-1] if lines else type(failure).__name__


def _as_plugin_error(origin: Origin, failure: BaseException) -> PluginError:
    return PluginError(f"Failed to load {origin}: {failure}")
