"""Which metrics are asked for, and what each needs of the sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import yaml

from ...core.catalog import Catalog
from ...core.embedding_metric import EmbeddingMetric
from ...core.errors import ConfigError, RequestError, UnknownNameError, suggestion
from ...core.listening import EmbedderUse
from ...core.measuring import Ears, build_metric
from ...core.metric import Metric
from ...core.specs import MetricSpec
from .clip_set import listed
from .pairing import Row
from .seen_videos import SeenVideo


@dataclass(frozen=True)
class Measure:
    """A metric, ready to measure.

    Attributes:
        name: of the metric.
        metric: the accumulator.
        spec: what it declares.
    """

    name: str
    metric: Metric[Any]
    spec: MetricSpec

    @cached_property
    def listens(self) -> bool:
        """Tell whether it measures what a network hears."""
        return isinstance(self.metric, EmbeddingMetric)

    @cached_property
    def needs_pairs(self) -> bool:
        """Tell whether each clip needs its own reference; what hears two sets needs none."""
        return self.spec.needs_reference and not (self.listens and self.spec.scope == "set")

    @cached_property
    def compares_sets(self) -> bool:
        """Tell whether it listens to references, which belong to no clip in particular."""
        metric = self.metric
        return (
            isinstance(metric, EmbeddingMetric)
            and "reference" in metric.hears
            and not self.needs_pairs
        )

    @property
    def needs_reference(self) -> bool:
        """Tell whether there have to be references."""
        return self.needs_pairs or self.compares_sets

    @cached_property
    def is_of_rows(self) -> bool:
        """Tell whether a value of a row depends on nothing else, and so can be kept."""
        return not self.listens and type(self.metric).update is Metric.update

    @property
    def reads(self) -> str:
        """Return the field whose text it needs, or nothing."""
        return self.metric.reads if isinstance(self.metric, EmbeddingMetric) else ""

    @property
    def sees(self) -> bool:
        """Tell whether it needs the video of each clip."""
        return isinstance(self.metric, EmbeddingMetric) and self.metric.sees

    def takes(self, row: Any) -> bool:
        """Tell whether it measures a row with the clips that it has."""
        if self.compares_sets:
            return row.generated is not None or row.reference is not None
        has_all = row.reference is not None or not self.needs_pairs
        return row.generated is not None and has_all


def build_measures(
    names: Sequence[str],
    options: Mapping[str, Mapping[str, Any]],
    catalog: Catalog,
    ears: Ears | None = None,
) -> list[Measure]:
    """Return the metrics by name, each once, in the order given.

    Raises:
        UnknownNameError: for a metric that is not registered; lists near names.
        ConfigError: if options do not fit, are of a metric not asked for, or weights are missing.
        RequestError: for a metric that measures answers.
    """
    chosen = list(dict.fromkeys(names))
    for owner in options:
        if owner not in chosen:
            raise ConfigError(
                f"Options are given for metric '{owner}', which is not measured."
                f"{suggestion(owner, chosen)} Measured are {', '.join(chosen)}."
            )
    measures = []
    for name in chosen:
        spec = catalog.metrics.get(name)
        if spec.output != "audio":
            raise RequestError(
                f"Metric '{name}' measures answers of a model, not clips; expected metrics of "
                "audio: see `audio-omni plugins list metrics`."
            )
        given = _with_network(spec, options.get(name, {}))
        metric = build_metric(name, catalog, given, ears)
        measures.append(Measure(name, metric, spec))
    return measures


class Wanted(NamedTuple):
    """What is measured: names, options by name, and what ought to stand beside and cannot."""

    metrics: tuple[str, ...]
    options: dict[str, dict[str, Any]]
    lacking: tuple[str, ...] = ()


def with_read_beside(
    names: Sequence[str],
    options: Mapping[str, Mapping[str, Any]],
    catalog: Catalog,
    *,
    has_pairs: bool,
) -> Wanted:
    """Return metrics with those of the references that are read beside them.

    Args:
        names: asked for.
        options: theirs; one that is added has those of the metric that it stands beside.
        catalog: says what is read beside what.
        has_pairs: whether each clip has a reference; without, none is added, but named.

    Raises:
        UnknownNameError: for a metric that is not registered.
    """
    found, given = list(dict.fromkeys(names)), {name: dict(own) for name, own in options.items()}
    lacking = []
    for name in tuple(found):
        beside = catalog.metrics.get(name).read_beside
        if beside is None or beside in found:
            continue
        if has_pairs:
            found.append(beside)
            given |= {beside: given[name]} if name in given else {}
        else:
            lacking.append(beside)
    return Wanted(tuple(found), given, tuple(lacking))


def _with_network(spec: MetricSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options whose network, unless another one is named, has its usual options too."""
    fields = spec.config.model_fields
    usual = fields["embedder"].default if "embedder" in fields else None
    named = given.get("embedder")
    if not isinstance(usual, EmbedderUse) or not isinstance(named, Mapping):
        return dict(given)
    if named.get("name", usual.name) != usual.name or not isinstance(
        named.get("options", {}), Mapping
    ):
        return dict(given)
    options = {**usual.options, **named.get("options", {})}
    return {**given, "embedder": {**named, "name": usual.name, "options": options}}


def check_needs(
    measures: Iterable[Measure],
    rows: Sequence[Row] | None,
    *,
    has_reference: bool,
    videos: Mapping[str, SeenVideo] | None = None,
) -> None:
    """Refuse what the sets cannot give, before anything is computed.

    Args:
        measures: what is measured.
        rows: what there is; `None` before it is known.
        has_reference: whether there are references.
        videos: by row.

    Raises:
        RequestError: if references, captions or videos are missing; says which.
    """
    chosen = list(measures)
    lacking = [measure.name for measure in chosen if measure.needs_reference]
    if lacking and not has_reference:
        alone = [measure.name for measure in chosen if not measure.needs_reference]
        also = f" (without it: {', '.join(alone)})" if alone else ""
        raise RequestError(
            f"{', '.join(lacking)}: these metrics compare with references, and none are given; "
            f"expected --reference DIR{also}. Name their folder, or choose other metrics."
        )
    if rows is None:
        return
    for measure in chosen:
        taken = [row for row in rows if measure.takes(row)]
        if not taken:
            raise RequestError(f"Metric '{measure.name}' has no row to measure; expected some.")
        missing = [row.id for row in taken if measure.reads and not row.fields.get(measure.reads)]
        if missing:
            raise RequestError(
                f"Metric '{measure.name}' reads field '{measure.reads}' of each clip, and "
                f"{len(missing)} of {len(taken)} have none: {listed(missing)}. Give them in the "
                "manifest, with --captions FILE or with --pairs FILE."
            )
        unseen = [row.id for row in taken if measure.sees and row.id not in (videos or {})]
        if unseen:
            raise RequestError(
                f"Metric '{measure.name}' sees the video of each clip, and {len(unseen)} of "
                f"{len(taken)} have none: {listed(unseen)}. Name a folder of videos with equal ids "
                "by --videos DIR; or the field 'video' in a manifest, in --captions FILE or in "
                "--pairs FILE; or give references that are videos."
            )


def parse_options(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return options of metrics from ``METRIC.KEY=VALUE``; values are read as YAML.

    Raises:
        ConfigError: for a text of another form.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        path = key.split(".")
        if not equals or len(path) < 2 or not all(path):
            raise ConfigError(
                f"--option {text}: expected METRIC.KEY=VALUE, like lsd.floor_dbfs=-80."
            )
        node = found.setdefault(path[0], {})
        for part in path[1:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise ConfigError(f"--option {text}: '{part}' is a value already, not a group.")
        try:
            node[path[-1]] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--option {text}: '{value}' is no YAML; quote it.") from None
    return found


def split_names(texts: Iterable[str]) -> list[str]:
    """Return the names of ``lsd,si_sdr`` and the like.

    Raises:
        UnknownNameError: if there is none.
    """
    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    if not names:
        raise UnknownNameError(
            "No metric is named; expected --metric NAME,NAME,…: see `audio-omni plugins list "
            "metrics`."
        )
    return names
