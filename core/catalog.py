"""What the core asks of the plugin host: everything registered, looked up by name.

The host implements this (`audio_omni.plugins`); the core only knows the shape of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .specs import (
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
    Spec,
    TaskSpec,
)

SpecT_co = TypeVar("SpecT_co", bound=Spec, covariant=True)


class Lookup(Protocol[SpecT_co]):
    """One kind of registered thing, by name (or alias)."""

    def get(self, name: str) -> SpecT_co:
        """Return the spec; raises UnknownNameError with close matches."""
        ...

    def load(self, name: str) -> Any:
        """Import and return the class or function that the spec's factory names."""
        ...

    def origin(self, name: str) -> Origin:
        """Return which plugin registered it."""
        ...

    def __iter__(self) -> Iterator[SpecT_co]:
        """Iterate over the specs in order of registration."""
        ...

    def __contains__(self, name: object) -> bool:
        """Tell whether a name or alias is registered."""
        ...


class Catalog(Protocol):
    """All registries of one host."""

    @property
    def tasks(self) -> Lookup[TaskSpec]: ...  # noqa: D102
    @property
    def conditioners(self) -> Lookup[ConditionerSpec]: ...  # noqa: D102
    @property
    def metrics(self) -> Lookup[MetricSpec]: ...  # noqa: D102
    @property
    def embedders(self) -> Lookup[EmbedderSpec]: ...  # noqa: D102
    @property
    def benchmarks(self) -> Lookup[BenchmarkSpec]: ...  # noqa: D102
    @property
    def codecs(self) -> Lookup[CodecSpec]: ...  # noqa: D102
    @property
    def sources(self) -> Lookup[SourceSpec]: ...  # noqa: D102
    @property
    def solvers(self) -> Lookup[SolverSpec]: ...  # noqa: D102
    @property
    def edit_providers(self) -> Lookup[EditProviderSpec]: ...  # noqa: D102
    @property
    def commands(self) -> Lookup[CommandSpec]: ...  # noqa: D102
    @property
    def recipes(self) -> dict[str, Path]: ...  # noqa: D102

    def check_recipe(self, recipe: Mapping[str, Any]) -> None:
        """Let all plugins look at a recipe; raises ConfigError for what one of them cannot do."""
        ...

    def notify(self, event: Any) -> None:
        """Hand an event record to all observers; a failing one is logged once, never raised."""
        ...

    def observers(self) -> tuple[str, ...]:
        """Return the names by which a recipe's ``tracking.observers`` can ask for observers."""
        ...

    def versions(self) -> dict[str, str]:
        """Return plugin name to ``distribution version``, for tags and provenance."""
        ...
