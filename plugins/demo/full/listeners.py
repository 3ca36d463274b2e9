"""The networks that listen to what was made: each trained on real clips of what it is to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ....core.catalog import Catalog
from ....core.data.cut import crop_row
from ....core.data.uri import open_source
from ....core.geometry import Geometry
from ....core.media.waveform import Waveform
from ....core.source import DataSource, Row
from ..listener import FAR_FROM_TRAINING, labels_of
from .cases import Case, single_word

SHARED = ("label", "mood", "speaker", "transcript", "word")
"""What one listener judges for all tasks: a voice is a voice, and a violin a violin."""

TRUTHS: Mapping[str, Callable[[Row], Any]] = {
    "events": labels_of,
    "label": lambda row: row.truth.get("label"),
    "mood": lambda row: row.truth.get("mood"),
    "speaker": lambda row: row.truth.get("speaker"),
    "transcript": lambda row: row.fields.get("transcript"),
    "word": single_word,
}
"""What a listener can learn to tell → where a row says it."""

LOOKED_AT = 200
"""Rows that show which labels, or words, a source teaches."""

ENOUGH = 0.9
"""Share of a case's labels that a listener must know to be shared with it."""

LEAST_CLIPS = 5
"""Different clips of a label without which nobody learns it."""


class Listeners:
    """Trains a listener when it is first needed, and keeps it.

    A classifier tells labels; a recogniser writes down what is said.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        catalog: Catalog,
        geometry: Geometry,
        *,
        seed: int,
        clips: int,
    ) -> None:
        """Keep where listeners learn.

        Args:
            cases: what is asked of the model, in the order of the mixture.
            catalog: where sources and metrics are looked up.
            geometry: length of the clips that are judged.
            seed: of every listener.
            clips: real clips that each learns from; those of a smaller set come several times.
        """
        self.cases = list(cases)
        self.catalog = catalog
        self.geometry = geometry
        self.seed = seed
        self.clips = clips
        self._known: dict[tuple[str, str], Any] = {}
        self._told: dict[tuple[str, str], set[str]] = {}

    def for_metric(self, metric: str, case: Case, hears: str) -> dict[str, Any]:
        """Return the keyword argument with the listener of a metric's class; empty without."""
        if not hears:
            return {}
        teacher = self._teacher(case, hears)
        key = (_source(teacher), hears)
        if key not in self._known:
            clips, truths = self._lessons(teacher, hears)
            train = self._trainer(metric, hears)
            self._known[key] = train(clips, truths, self.seed) if _can_learn(truths) else None
        return {"recogniser" if hears == "transcript" else "classifier": self._known[key]}

    def learned_from_few(self, case: Case, hears: str) -> bool:
        """Tell whether a listener had but the rows of a small set, and so may have learned nothing.

        The embedded world has enough for whoever can learn.
        """
        return bool(hears) and not self._first(self._open(self._teacher(case, hears)))

    def _first(self, source: DataSource) -> int:
        """Return the first row to learn from: where a source is long, one far from training."""
        return FAR_FROM_TRAINING if len(source) >= FAR_FROM_TRAINING + self.clips else 0

    def _teacher(self, case: Case, hears: str) -> Case:
        """Return the case whose rows teach: the first that knows what this one asks for."""
        asked = self._tells(case, hears)
        may = [c for c in self.cases if hears in SHARED or (c.task, c.uri) == (case.task, case.uri)]
        fits = (c for c in may if len(asked & self._tells(c, hears)) > ENOUGH * len(asked))
        return next(fits, case)

    def _tells(self, case: Case, hears: str) -> set[str]:
        """Return the labels, or the words, of a case's first rows."""
        key = (_source(case), hears)
        if key not in self._told:
            source = self._open(case)
            truths = [TRUTHS[hears](source.row(i)) for i in range(min(LOOKED_AT, len(source)))]
            found = {label for truth in truths for label in _labels(truth)}
            words = {word for label in found for word in label.split()}
            self._told[key] = words if hears == "transcript" else found
        return self._told[key]

    def _open(self, case: Case) -> DataSource:
        """Return the rows that teach, each once: the same clip again would look like another."""
        options = {name: value for name, value in case.options.items() if name != "repeats"}
        return open_source(case.uri, options, self.catalog)

    def _trainer(self, metric: str, hears: str) -> Callable[..., Any]:
        factory = self.catalog.metrics.load(metric)
        name = "train_recogniser" if hears == "transcript" else "train_classifier"
        trainer: Callable[..., Any] = getattr(factory, name)
        return trainer

    def _lessons(self, case: Case, hears: str) -> tuple[list[Waveform], list[Any]]:
        """Return real clips and their truths, of rows that the model is not trained on if it can.

        The embedded world has rows without end; a pool takes the first. Of a small set there are
        only the rows of training, which are still not the held-out ones that are judged. They
        come again, cut elsewhere, until there are as many; labels that few clips have are left
        out.
        """
        source = self._open(case)
        first = self._first(source)
        rows = [source.row(first + i) for i in range(min(self.clips, len(source)))]
        told = [(row, TRUTHS[hears](row)) for row in rows if row.audio is not None]
        taught = [(row, truth) for row, truth in told if truth]
        if not first and hears != "transcript":
            taught = _without_rare(taught)
        rng = np.random.default_rng(self.seed)
        lessons = [taught[i % len(taught)] for i in range(self.clips if taught else 0)]
        cut = [crop_row(row, self.geometry, "random", rng) for row, _ in lessons]
        heard = [row.audio() for row in cut if row.audio is not None]
        return heard, [truth for _, truth in lessons]


def _without_rare(taught: Sequence[tuple[Row, Any]]) -> list[tuple[Row, Any]]:
    """Return the rows whose every label is that of enough rows."""
    counts = Counter(label for _, truth in taught for label in _labels(truth))
    return [
        (row, truth)
        for row, truth in taught
        if all(counts[label] >= LEAST_CLIPS for label in _labels(truth))
    ]


def _labels(truth: Any) -> list[str]:
    """Return one label, several, or none as a list."""
    if truth is None:
        return []
    return [truth] if isinstance(truth, str) else [str(label) for label in truth]


def _can_learn(truths: Sequence[Any]) -> bool:
    return len({label for truth in truths for label in _labels(truth)}) > 1


def _source(case: Case) -> str:
    """Return what tells the rows of a case from those of another."""
    return f"{case.uri} {case.options!r}"
