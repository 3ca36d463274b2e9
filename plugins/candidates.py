"""Where plugins come from, before any of them is imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any

from ..core.hookspecs import PROJECT
from ..core.specs import Origin
from .builtin import BUILTIN, builtin_name
from .host import LOCAL

DISTRIBUTION = "audio-omni"


@dataclass(frozen=True)
class Candidate:
    """A plugin that may be loaded.

    Attributes:
        origin: who it is.
        load: imports and returns it.
        builtin: whether it ships with audio-omni.
    """

    origin: Origin
    load: Callable[[], Any]
    builtin: bool = False


def builtin_candidates() -> Iterator[Candidate]:
    """Yield the plugins that ship with audio-omni, in their order."""
    version = _version_of(DISTRIBUTION)
    for module in BUILTIN:
        origin = Origin(builtin_name(module), DISTRIBUTION, version)
        yield Candidate(origin, partial(importlib.import_module, module), True)


def entry_point_candidates() -> Iterator[Candidate]:
    """Yield the plugins of installed distributions, sorted by distribution and name."""
    points = metadata.entry_points(group=PROJECT)
    for point in sorted(points, key=lambda point: (_dist_name(point), point.name)):
        version = point.dist.version if point.dist is not None else "unknown"
        yield Candidate(Origin(point.name, _dist_name(point), version), point.load)


def _dist_name(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"


def module_candidate(module: str) -> Candidate:
    """Return the plugin that an import path names; it may belong to no distribution."""
    owners = metadata.packages_distributions().get(module.partition(".")[0], [])
    distribution = owners[0] if owners else LOCAL
    version = _version_of(distribution) if owners else "unversioned"
    origin = Origin(module, distribution, version)
    return Candidate(origin, partial(importlib.import_module, module))


def _version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
