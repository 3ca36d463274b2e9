"""What loading leaves behind: registries, recipes, observers, and the record of what failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from ..core import events, hookspecs
from ..core.cli.nouns import NOUNS
from ..core.errors import AudioOmniError
from ..core.specs import (
    BenchmarkSpec,
    CodecSpec,
    CommandSpec,
    ConditionerSpec,
    EditProviderSpec,
    EmbedderSpec,
    MetricSpec,
    Origin,
    SolverSpec,
    SourceSpec,
    TaskSpec,
)
from .registry import Registry

logger = logging.getLogger("audio_omni.plugins")

OBSERVER_HOOKS: dict[type, str] = {
    events.RunStart: "on_run_start",
    events.StepEnd: "on_step_end",
    events.SamplesReady: "on_samples_ready",
    events.CheckpointSaved: "on_checkpoint_saved",
    events.RunEnd: "on_run_end",
    events.RankStart: "on_rank_start",
    events.RankEnd: "on_rank_end",
    events.Evaluated: "on_evaluated",
}
"""Which hook receives which event record."""

CHECK_HOOK = "check_recipe"
"""The hook that receives a recipe before it is trained."""

DOCTOR = "audio-omni plugins doctor"

LOCAL = "local"
"""Stands for the distribution of a module that no distribution installed."""


@dataclass(frozen=True)
class Failure:
    """A plugin that was left out, and why.

    Attributes:
        origin: the plugin and its distribution.
        reason: one line.
        traceback: the original traceback as text.
        error: the original exception.
        builtin: whether the plugin ships with audio-omni.
    """

    origin: Origin
    reason: str
    traceback: str
    error: BaseException = field(compare=False, repr=False)
    builtin: bool = False

    def __str__(self) -> str:
        """Return the sentence that ends messages about unknown names."""
        named = f"{self.origin.distribution} {self.origin.version}"
        nameless = self.builtin or self.origin.distribution == LOCAL
        who = self.origin.plugin if nameless else named
        return f"Plugin '{who}' failed to load ({self.reason}); see: {DOCTOR}."


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin at work.

    Attributes:
        origin: the plugin and its distribution.
        module: where it was imported from.
        hooks: names of the hooks that it implements.
    """

    origin: Origin
    module: str
    hooks: tuple[str, ...]


class Host:
    """All registries of one set of plugins; implements `core.catalog.Catalog`.

    Built by `plugins.manager.build_plugin_manager`. Nothing here is global: two hosts with other
    plugins can live in one process.
    """

    def __init__(self) -> None:
        """Start without any plugin."""
        base = "audio_omni.core."
        self.tasks = Registry("task", TaskSpec, base + "task:Task")
        self.conditioners = Registry(
            "conditioner", ConditionerSpec, base + "conditioning:Conditioner"
        )
        self.metrics = Registry("metric", MetricSpec, base + "metric:Metric")
        self.embedders = Registry("embedder", EmbedderSpec, base + "embedder:Embedder")
        self.benchmarks = Registry("benchmark", BenchmarkSpec)
        self.codecs = Registry("codec", CodecSpec, base + "codec:Codec")
        self.sources = Registry("source", SourceSpec, base + "source:DataSource")
        self.solvers = Registry("solver", SolverSpec, base + "flow.solvers:Solver")
        self.edit_providers = Registry("edit_provider", EditProviderSpec)
        self.commands = Registry("command", CommandSpec, reserved=NOUNS)
        self.recipes: dict[str, Path] = {}
        self.recipe_origins: dict[str, Origin] = {}
        self.plugins: dict[str, LoadedPlugin] = {}
        self.failures: list[Failure] = []
        self.blocked: tuple[str, ...] = ()
        self.hooks = pluggy.PluginManager(hookspecs.PROJECT)
        self.hooks.add_hookspecs(hookspecs.RegistrationHooks)
        self.hooks.add_hookspecs(hookspecs.ObserverHooks)
        self._silenced: set[str] = set()

    def registries(self) -> Iterator[tuple[str, Registry[Any]]]:
        """Iterate over (registration hook, registry), in a fixed order."""
        for registry in (
            self.tasks,
            self.conditioners,
            self.metrics,
            self.embedders,
            self.benchmarks,
            self.codecs,
            self.sources,
            self.solvers,
            self.edit_providers,
            self.commands,
        ):
            yield f"register_{registry.kind}s", registry

    def check_recipe(self, recipe: Mapping[str, Any]) -> None:
        """Let every plugin that checks recipes look at one, given as plain values.

        A check that breaks, rather than say no, is logged and stops nothing.

        Raises:
            AudioOmniError: what the first plugin that says no raises, most often a ConfigError.
        """
        for implementation in self.hooks.hook.check_recipe.get_hookimpls():
            try:
                implementation.function(*([recipe] if implementation.argnames else []))
            except AudioOmniError:
                raise
            except Exception:
                self._log_once(implementation.plugin_name, CHECK_HOOK)

    def notify(self, event: Any) -> None:
        """Hand an event record to every observer of it, one by one.

        An observer that raises is logged once with its traceback, is called again at the next
        event, and never stops the others or the run.

        Raises:
            TypeError: if ``event`` is not one of the records of `core.events`.
        """
        hook = OBSERVER_HOOKS.get(type(event))
        if hook is None:
            known = ", ".join(record.__name__ for record in OBSERVER_HOOKS)
            raise TypeError(f"Got {type(event).__name__}; expected one of: {known}.")
        for implementation in getattr(self.hooks.hook, hook).get_hookimpls():
            try:
                arguments = [event] if implementation.argnames else []
                implementation.function(*arguments)
            except Exception:
                self._log_once(implementation.plugin_name, hook)

    def observers(self) -> tuple[str, ...]:
        """Return the observers' names in recipes: ``NAME`` of their module, or the plugin's."""
        return tuple(
            str(getattr(self.hooks.get_plugin(name), "NAME", name))
            for name, plugin in self.plugins.items()
            if any(hook.startswith("on_") for hook in plugin.hooks)
        )

    def versions(self) -> dict[str, str]:
        """Return plugin name to ``distribution version``, in loading order."""
        return {
            name: f"{plugin.origin.distribution} {plugin.origin.version}"
            for name, plugin in self.plugins.items()
        }

    def _log_once(self, name: str, hook: str) -> None:
        if name in self._silenced:
            return
        self._silenced.add(name)
        origin = self.plugins[name].origin if name in self.plugins else name
        logger.exception(
            "Observer %s failed in %s; the run goes on, and further failures of it stay silent.",
            origin,
            hook,
        )
