"""Metrics by name, with the networks that they listen with, each loaded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .catalog import Catalog
from .config import parse_config
from .data.bounded_folder import BoundedFolder
from .data.content import content_digest
from .data.feature_cache import FeatureCache
from .embedder import Ear
from .embedding_metric import EmbeddingMetric
from .errors import UndefinedError
from .listening import EmbedderUse
from .metric import Metric
from .metric_result import MetricResult


class Ears:
    """Loads an embedder when it is first asked for, and keeps it."""

    def __init__(self, catalog: Catalog, cache: BoundedFolder | Path | None = None) -> None:
        """Keep where embedders are looked up, and the folder of their caches, if any.

        A folder without a bound of its own has the usual one: see `BoundedFolder`.
        """
        self.catalog = catalog
        self.cache = BoundedFolder(cache) if isinstance(cache, Path) else cache
        self._known: dict[str, Ear] = {}

    def get(self, use: EmbedderUse) -> Ear:
        """Return what listens as the options say.

        Raises:
            UnknownNameError: if no such embedder is registered.
            ConfigError: if the options do not fit, or there are no weights.
        """
        key = use.model_dump_json()
        if key not in self._known:
            spec = self.catalog.embedders.get(use.name)
            where = f"Options of embedder '{use.name}'"
            config = parse_config(spec.config, use.options, where=where)
            embedder = self.catalog.embedders.load(use.name)(config)
            self._known[key] = Ear(embedder, self._cache(embedder.fingerprint()))
        return self._known[key]

    def flush(self) -> None:
        """Write to disk what was heard and is not there yet."""
        for ear in self._known.values():
            if ear.cache is not None:
                ear.cache.flush()

    def reopen(self) -> None:
        """Look for what other processes have written."""
        for ear in self._known.values():
            if ear.cache is not None:
                ear.cache = self._cache(ear.embedder.fingerprint())

    def _cache(self, fingerprint: Mapping[str, Any]) -> FeatureCache | None:
        if self.cache is None:
            return None
        return self.cache.open(f"{fingerprint['embedder']}-{content_digest(fingerprint)}")


def measure_rows(metric: Metric[Any], rows: Iterable[Any]) -> MetricResult:
    """Return what a metric says of rows; those that it has no value for are counted by reason.

    Args:
        metric: with no row measured yet.
        rows: `Measured` or `Answered`, whichever it measures.

    Raises:
        UndefinedError: if it has no value for any of them; says why.
        RequestError: for a row that lacks what the metric needs.
    """
    measured, reasons = 0, Counter[str]()
    for row in rows:
        try:
            metric.update(row)
            measured += 1
        except UndefinedError as failure:
            reasons[failure.reason] += 1
    if reasons and not measured:
        raise UndefinedError(no_value(metric.name, reasons))
    return metric.compute().with_undefined(reasons)


def no_value(name: str, reasons: Mapping[str, int]) -> str:
    """Return a sentence on a metric that has no value for any row."""
    told = "; ".join(f"{reason} ({count} rows)" for reason, count in reasons.items())
    return f"Metric '{name}' has no value for any row: {told}. Measure other rows, or without it."


def build_metric(
    name: str,
    catalog: Catalog,
    options: Mapping[str, Any] | None = None,
    ears: Ears | None = None,
) -> Metric[Any]:
    """Return a registered metric, ready to measure.

    Args:
        name: of the metric.
        catalog: where it and its embedder are looked up.
        options: its own options.
        ears: where embedders are kept; left out, the metric's own, without a cache.

    Raises:
        UnknownNameError: if no such metric or embedder is registered.
        ConfigError: if the options do not fit, or there are no weights.
    """
    spec = catalog.metrics.get(name)
    config = parse_config(spec.config, options or {}, where=f"Options of metric '{name}'")
    metric: Metric[Any] = catalog.metrics.load(name)(config)
    if isinstance(metric, EmbeddingMetric):
        metric.ear = (ears or Ears(catalog)).get(metric.embedder)
        metric.check_ear()
    return metric
