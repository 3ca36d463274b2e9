"""All hooks of audio-omni: what a plugin can add, and what it can watch.

Registration hooks run once, when the host is built. They take no argument and return a list of
frozen specs; nothing heavy may be imported there. Observer hooks receive one frozen record per
event, return nothing, and may not break a run: the host logs a failing observer once and goes on.
Only ``check_recipe`` may stop a run, before it begins.

    from audio_omni import hookimpl, TaskSpec

    @hookimpl
    def register_tasks():
        return [TaskSpec(name="hum", summary="Hum a tune.", factory="acme.hum:Hum",
                         request=HumRequest, fills=("prompt",))]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from . import events, specs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT = "audio_omni"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of the same name."""


class RegistrationHooks:
    """What a plugin can add. Fired once, in the order in which plugins load."""

    @hookspec
    def register_tasks(self) -> list[specs.TaskSpec]:  # type: ignore[empty-body]
        """Return the tasks that the plugin adds.

        A task appears at once on the command line (``audio-omni run NAME``), in Python
        (``model.run(name)``) and in mixtures. Two tasks of one name or alias are an error.
        """

    @hookspec
    def register_conditioners(self) -> list[specs.ConditionerSpec]:  # type: ignore[empty-body]
        """Return the conditioners that the plugin adds.

        The declared injection is checked against what the conditioner's output does.
        """

    @hookspec
    def register_metrics(self) -> list[specs.MetricSpec]:  # type: ignore[empty-body]
        """Return the metrics that the plugin adds; a recipe names those it wants."""

    @hookspec
    def register_embedders(self) -> list[specs.EmbedderSpec]:  # type: ignore[empty-body]
        """Return the frozen networks that the plugin adds for metrics to listen with."""

    @hookspec
    def register_benchmarks(self) -> list[specs.BenchmarkSpec]:  # type: ignore[empty-body]
        """Return the benchmarks that the plugin adds; ``audio-omni evaluate`` names one."""

    @hookspec
    def register_codecs(self) -> list[specs.CodecSpec]:  # type: ignore[empty-body]
        """Return the codecs that the plugin adds; a model config names one."""

    @hookspec
    def register_sources(self) -> list[specs.SourceSpec]:  # type: ignore[empty-body]
        """Return the kinds of data source that the plugin adds; the name is the URI scheme."""

    @hookspec
    def register_solvers(self) -> list[specs.SolverSpec]:  # type: ignore[empty-body]
        """Return the solvers that the plugin adds; a request or recipe names one."""

    @hookspec
    def register_edit_providers(self) -> list[specs.EditProviderSpec]:  # type: ignore[empty-body]
        """Return what the plugin adds to the making of editing pairs: labellers, separators, …."""

    @hookspec
    def register_commands(self) -> list[specs.CommandSpec]:  # type: ignore[empty-body]
        """Return the command-line nouns that the plugin adds; loaded when they are used."""

    @hookspec
    def register_recipes(self) -> list[Path]:  # type: ignore[empty-body]
        """Return YAML files of recipes; the file's stem is the name that users give."""


class ObserverHooks:
    """What a plugin can watch. Of several processes, the first one is told, unless it says else."""

    @hookspec
    def check_recipe(self, recipe: Mapping[str, Any]) -> None:
        """Raise `ConfigError` if a resolved recipe asks for what the plugin cannot do.

        Called in every process before any data is read, and by a dry run. It is for what would only
        be found out later, or too late: a misspelt option, an address that cannot be reached.
        """

    @hookspec
    def on_run_start(self, event: events.RunStart) -> None:
        """Take note that training begins or resumes; before the first step."""

    @hookspec
    def on_step_end(self, event: events.StepEnd) -> None:
        """Take note of an optimiser step; must return within a few milliseconds."""

    @hookspec
    def on_samples_ready(self, event: events.SamplesReady) -> None:
        """Take note of clips generated from held-out rows, with their metrics."""

    @hookspec
    def on_checkpoint_saved(self, event: events.CheckpointSaved) -> None:
        """Take note of a checkpoint that is complete on disk."""

    @hookspec
    def on_run_end(self, event: events.RunEnd) -> None:
        """Take note that training stopped, for whatever reason; always fired."""

    @hookspec
    def on_rank_start(self, event: events.RankStart) -> None:
        """Take note, in each process beside the first, that training begins or resumes."""

    @hookspec
    def on_rank_end(self, event: events.RankEnd) -> None:
        """Take note, in each process beside the first, that training stopped."""

    @hookspec
    def on_evaluated(self, event: events.Evaluated) -> None:
        """Take note of measurements of a run that had ended, or of files of any system."""
