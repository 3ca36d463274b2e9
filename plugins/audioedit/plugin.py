"""Registers the factory of editing pairs: its command, source, providers and recipe."""

from __future__ import annotations

from pathlib import Path

from ...core.hookspecs import hookimpl
from ...core.specs import BenchmarkSpec, CommandSpec, EditProviderSpec, SourceSpec
from .packing.options import AudioEditOptions
from .providers.builtin import PROVIDERS

_HERE = __name__.rpartition(".")[0]
RECIPES = Path(__file__).resolve().parent / "recipes"


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command line of the factory."""
    return [
        CommandSpec(
            name="audioedit",
            summary="Make editing pairs: plan, run, report, verify, pack, export.",
            factory=f"{_HERE}.command:app",
        ),
        CommandSpec(
            name="bench_audioedit",
            summary="Measure how fast editing pairs are made.",
            factory=f"{_HERE}.bench_command:bench",
            verb_of="bench",
        ),
    ]


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return what reads the pairs that were packed."""
    return [
        SourceSpec(
            name="audioedit",
            summary="Editing pairs that `audio-omni audioedit` packed, each with its exact target.",
            factory=f"{_HERE}.packing.source:AudioEditSource",
            config=AudioEditOptions,
        )
    ]


@hookimpl
def register_edit_providers() -> list[EditProviderSpec]:
    """Return the providers that ship with audio-omni."""
    return list(PROVIDERS)


@hookimpl
def register_benchmarks() -> list[BenchmarkSpec]:
    """Return what pairs of voices are evaluated with."""
    return [
        BenchmarkSpec(
            name="voice_conversion",
            summary="What one speaker says in another's voice; pairs of your own recordings.",
            factory=f"{_HERE}.voice.benchmarks:voice_conversion",
            task="voice_conversion",
        ),
        BenchmarkSpec(
            name="speech_editing",
            summary="A word taken out, put in or replaced; pairs of your own recordings.",
            factory=f"{_HERE}.voice.benchmarks:speech_editing",
            task="speech_editing",
        ),
    ]


@hookimpl
def register_recipes() -> list[Path]:
    """Return the recipe that learns from its pairs."""
    return sorted(RECIPES.glob("*.yaml"))
