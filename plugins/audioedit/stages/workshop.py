"""What all stages of a data set share: its folder, its configuration, its blobs and providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ....core.catalog import Catalog
from ....core.config import parse_config
from ....core.data.uri import expand
from ....core.errors import AudioOmniError, ConfigError
from ..blobs import BlobStore
from ..choosing import ProviderConfig
from ..config import AudioEditConfig
from ..providers.contract import Place, Provider
from ..seeds import stream
from .outcomes import Item
from .parts import parts_in

T = TypeVar("T")

OpenCatalog = Callable[[], Catalog]
"""Returns the plugins; called in every process, so it can be pickled."""


@dataclass(frozen=True)
class Job:
    """What a process needs to build a workshop; can be pickled.

    Attributes:
        root: folder of the data set.
        config: resolved.
        open_catalog: returns the plugins.
        keys: stage → key of its folder, see `pipeline.stage_keys`.
    """

    root: Path
    config: AudioEditConfig
    open_catalog: OpenCatalog
    keys: Mapping[str, str]


class Workshop:
    """Built once in every process; loads what stages ask for, once."""

    def __init__(
        self, root: Path, config: AudioEditConfig, catalog: Catalog, keys: Mapping[str, str] = {}
    ) -> None:
        """Keep where and how the data set is made.

        Args:
            root: folder of the data set.
            config: resolved.
            catalog: where providers and data sources are looked up.
            keys: stage → key of its folder; empty while keys are being worked out.
        """
        self.root = root
        self.config = config
        self.catalog = catalog
        self.keys = dict(keys)
        self.first_labeller: list[str] | None = None
        """Whose labels another labeller goes on with, see `real.labellers`; `None`: its own."""
        self.redone: dict[str, int] = {}
        """Stage → how often it was asked for anew; part of its key."""
        self._providers: dict[str, Provider] = {}
        self._built: dict[str, Any] = {}
        self._tables: dict[str, tuple[Item, ...]] = {}

    @classmethod
    def open(cls, job: Job) -> Workshop:
        """Return the workshop of a job."""
        return cls(job.root, job.config, job.open_catalog(), job.keys)

    @cached_property
    def blobs(self) -> BlobStore:
        """Return the audio of the data set."""
        return BlobStore(self.root)

    def folder(self, stage: str) -> Path:
        """Return where a stage's parts lie."""
        return self.root / "stages" / stage / self.keys[stage]

    def table(self, stage: str) -> tuple[Item, ...]:
        """Return everything that another stage kept, in order; that stage is complete."""
        if stage not in self._tables:
            parts = parts_in(self.folder(stage))
            self._tables[stage] = tuple(item for part in parts for item in part.kept())
        return self._tables[stage]

    def once(self, name: str, build: Callable[[], T]) -> T:
        """Return what is expensive to build, built the first time."""
        if name not in self._built:
            self._built[name] = build()
        built: T = self._built[name]
        return built

    def rng(self, branch: str, item: str, purpose: str) -> np.random.Generator:
        """Return the random stream of one purpose of one item."""
        return stream(self.config.key, branch, item, purpose)

    def provider(self, kind: str, chosen: ProviderConfig | None) -> Any:
        """Return a provider, built the first time.

        Raises:
            ConfigError: if none is chosen, it is of another kind, or options do not fit.
            UnknownNameError: for a name that no plugin registered.
            PluginError: if a package is missing; says what to install.
        """
        if chosen is None:
            raise ConfigError(f"No {kind} is chosen. Name one: audio-omni plugins list.")
        name = f"{kind}:{chosen.model_dump_json()}"
        if name not in self._providers:
            self._providers[name] = self._build(kind, chosen)
        return self._providers[name]

    def check_providers(self) -> None:
        """Raise unless all providers that were built can work here; before any work starts.

        Raises:
            ConfigError, PluginError: says what is missing, and where to get or set it; of several
                providers at once.
        """
        failures: list[AudioOmniError] = []
        for provider in self._providers.values():
            try:
                provider.check()
            except AudioOmniError as failure:
                failures.append(failure)
        if len(failures) > 1:
            listed = "".join(f"\n- {failure}" for failure in failures)
            raise ConfigError(f"{len(failures)} providers cannot work here:{listed}")
        for only in failures:
            raise only

    def _build(self, kind: str, chosen: ProviderConfig) -> Provider:
        limits = self.config.limits
        place = Place(self.root, self.catalog, limits.budget_usd, limits.budget_tokens)
        return build_provider(kind, chosen, place)


def build_provider(kind: str, chosen: ProviderConfig, place: Place) -> Provider:
    """Return a provider that works at a place.

    Raises:
        ConfigError: if it is of another kind, or options do not fit.
        UnknownNameError: for a name that no plugin registered.
        PluginError: if a package is missing; says what to install.
    """
    known = place.catalog.edit_providers
    spec = known.get(chosen.name)
    if spec.provides != kind:
        able = [s.name for s in known if s.provides == kind]
        raise ConfigError(
            f"'{chosen.name}' is a {spec.provides}; expected a {kind}. There is: "
            f"{', '.join(able) or 'none'}."
        )
    factory: type[Provider] = known.load(chosen.name)
    where = f"Options of {kind} '{chosen.name}'"
    expanded = {name: expand(value, where) for name, value in chosen.options.items()}
    options = parse_config(spec.config, expanded, where=where)
    provider = factory(options)
    provider.bind(place)
    return provider
