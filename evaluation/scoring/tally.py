"""Adds up what metrics make of rows, and turns it into results that say how they were got."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...core.embedder import Heard
from ...core.embedding_metric import EmbeddingMetric
from ...core.errors import ConfigError, DataError, MediaError, RequestError, UndefinedError
from ...core.measuring import no_value
from ...core.metric import Measured
from ...core.metric_result import MetricResult
from .clip_set import NAMED
from .measures import Measure
from .worker import Found


class Tally:
    """Hands every row to its metrics, in order.

    Attributes:
        clips: value by row, by metric, for metrics that give one for each row.
        left_out: by metric, rows that it refused, and why.
        undefined: by metric, rows with which nothing is wrong and for which it has no value, and
            why: these are counted beside the others, whatever else is asked for.
    """

    def __init__(self, measures: Iterable[Measure]) -> None:
        """Begin with nothing."""
        self.measures = list(measures)
        self.clips: dict[str, dict[str, float]] = defaultdict(dict)
        self.left_out: dict[str, dict[str, str]] = defaultdict(dict)
        self.undefined: dict[str, dict[str, str]] = defaultdict(dict)
        self._rows: Counter[str] = Counter()
        self._seen: set[tuple[str, str, str]] = set()

    def add(self, found: Found) -> None:
        """Take in what a metric made of a row."""
        name, row = found.measure.name, found.row.id
        self._rows[name] += 1
        if found.refused:
            self.left_out[name][row] = found.refused
            return
        if found.undefined:
            self.undefined[name][row] = found.undefined
            return
        values = found.measure.metric.values
        before = len(values)
        try:
            self._hand_over(found)
        except UndefinedError as failure:
            self.undefined[name][row] = failure.reason
            return
        except (RequestError, MediaError) as failure:
            self.left_out[name][row] = str(failure)
            return
        if len(values) == before + 1:
            self.clips[name][row] = float(values[-1])

    def check_complete(self) -> None:
        """Refuse a tally that a metric left rows out of.

        Raises:
            RequestError: names the first ones, with the reasons.
        """
        problems = []
        for name, rows in self.left_out.items():
            first = [f"'{row}': {reason}" for row, reason in list(rows.items())[:NAMED]]
            more = f" … and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
            problems.append(
                f"'{name}' refuses {len(rows)} of {self._rows[name]} rows. {' '.join(first)}{more}"
            )
        if problems:
            raise RequestError(
                f"Metric {'; metric '.join(problems)} Mend these clips, or leave their rows out of "
                "these metrics, counted, with --skip-unmeasurable."
            )

    def undefined_sentences(self) -> list[str]:
        """Return a sentence for each metric that has no value for some rows."""
        return [
            f"'{name}' has no value for {len(rows)} of {self._rows[name]} rows: "
            + "; ".join(f"{why} ({count})" for why, count in Counter(rows.values()).items())
            + ". They are not in its n."
            for name, rows in self.undefined.items()
        ]

    def results(
        self,
        shared: Mapping[str, Any],
        *,
        reference: str | None,
        texts: Mapping[str, str],
        videos: str,
    ) -> tuple[list[MetricResult], dict[str, str]]:
        """Return the results, and why metrics have none.

        Args:
            shared: what belongs to the fingerprint of every metric.
            reference: digest of the references, for metrics that compare with them.
            texts: digest of each field that a metric reads.
            videos: digest of the videos, for metrics that see them.
        """
        results, refused = [], {}
        for measure in self.measures:
            reasons = Counter(self.undefined.get(measure.name, {}).values())
            try:
                result = measure.metric.compute().with_undefined(reasons)
            except (RequestError, ConfigError, DataError) as failure:
                lacks_all = bool(reasons) and reasons.total() == self._rows[measure.name]
                told = no_value(measure.name, reasons) if lacks_all else str(failure)
                refused[measure.name] = told
                continue
            fingerprint = {**result.fingerprint, **shared}
            if measure.needs_reference:
                fingerprint["reference"] = reference
            if measure.reads:
                fingerprint["texts"] = texts[measure.reads]
            if measure.sees:
                fingerprint["videos"] = videos
            extra = ["one_clip"] if result.n == 1 else []
            extra += ["rows_left_out"] if self.left_out.get(measure.name) else []
            flags = tuple(dict.fromkeys([*result.flags, *extra]))
            results.append(result.model_copy(update={"fingerprint": fingerprint, "flags": flags}))
        return results, refused

    def _hand_over(self, found: Found) -> None:
        metric, value = found.measure.metric, found.value
        if isinstance(value, Heard) and isinstance(metric, EmbeddingMetric):
            for heard in self._sides(found, value) if found.measure.compares_sets else [value]:
                metric.add(heard)
        elif isinstance(value, Measured):
            metric.update(value)
        elif isinstance(value, float):
            metric.record(found.row.id, value)

    def _sides(self, found: Found, heard: Heard) -> Iterable[Heard]:
        """Yield each clip of a row alone, once: sets have no pairs, and a clip may be in two."""
        row = found.row
        for side, clip in (("generated", row.generated), ("reference", row.reference)):
            if clip is None or (found.measure.name, side, clip.id) in self._seen:
                continue
            self._seen.add((found.measure.name, side, clip.id))
            if side == "generated":
                yield replace(heard, id=clip.id, reference=None)
            else:
                yield replace(heard, id=clip.id, generated=None)
