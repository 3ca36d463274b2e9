"""What is measured of edits, and which of it can be measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.benchmark import MetricUse
from ...core.catalog import Catalog
from ...core.errors import ConfigError
from ...core.measuring import build_metric
from ..benchmarks.published import EDITS

SPOKEN = ("add", "extract", "style_transfer")
"""Kinds of edits whose result has something to be named; of what is removed nothing is left."""

METRICS = (
    "fad", "lsd", "clap_score", "lsd_floor_80", "lsd_floor_120", "lsd_inside", "lsd_outside",
    "si_sdr_outside", "loudness_change",
)  # fmt: skip

OF_OTHERS = "lsd_below_11k"
"""Measured beside them where files of other systems are, which may have nothing above 12 kHz."""


def measured_by_default(external: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the metrics of a table, with or without files of other systems in it."""
    return (*METRICS, OF_OTHERS) if external else METRICS


def measurable(
    names: Sequence[str], options: Mapping[str, Mapping[str, Any]], catalog: Catalog
) -> tuple[list[MetricUse], dict[str, str]]:
    """Return the metrics that can be taken here, and why the others cannot.

    Args:
        names: of metrics.
        options: of metrics, by name.
        catalog: where they are looked up.

    Raises:
        UnknownNameError: for a metric that is not registered.
    """
    uses, missing = [], {}
    for name in names:
        given = dict(options.get(name, {}))
        try:
            build_metric(name, catalog, given)
        except ConfigError as failure:
            missing[name] = str(failure)
        else:
            uses.append(MetricUse(name=name, options=given))
    return uses, missing


def by_edit(uses: Sequence[MetricUse]) -> dict[str, list[MetricUse]]:
    """Return the metrics of each kind of edit: CLAP only where there is something to name."""
    return {
        task: [use for use in uses if use.name != "clap_score" or task in SPOKEN] for task in EDITS
    }
