"""The networks that listen to what was made: each trained on real clips of what it is to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ....core.catalog import Catalog
from ....core.data.uri import open_source
from ....core.media.waveform import Waveform
from ....core.source import Row
from ..listener import FAR_FROM_TRAINING, labels_of
from .cases import Case

SHARED = ("label", "mood", "speaker", "transcript")
"""What one listener judges for all tasks: a voice is a voice, and a violin a violin."""

TRUTHS: Mapping[str, Callable[[Row], Any]] = {
    "events": labels_of,
    "label": lambda row: row.truth.get("label"),
    "mood": lambda row: row.truth.get("mood"),
    "speaker": lambda row: row.truth.get("speaker"),
    "transcript": lambda row: row.fields.get("transcript"),
}
"""What a listener can learn to tell → where a row says it."""


class Listeners:
    """Trains a listener when it is first needed, and keeps it.

    A classifier tells labels; a recogniser writes down what is said.
    """

    def __init__(self, cases: Sequence[Case], catalog: Catalog, *, seed: int, clips: int) -> None:
        """Keep where listeners learn.

        Args:
            cases: what is asked of the model, in the order of the mixture.
            catalog: where sources and metrics are looked up.
            seed: of every listener.
            clips: real clips that each learns from.
        """
        self.cases = list(cases)
        self.catalog = catalog
        self.seed = seed
        self.clips = clips
        self._known: dict[tuple[str, str], Any] = {}

    def for_metric(self, metric: str, case: Case, hears: str) -> dict[str, Any]:
        """Return the keyword argument with the listener of a metric's class; empty without."""
        if not hears:
            return {}
        teacher = self._teacher(case, hears)
        key = (teacher.uri, hears)
        if key not in self._known:
            clips, truths = self._lessons(teacher, hears)
            train = self._trainer(metric, hears)
            self._known[key] = train(clips, truths, self.seed) if _can_learn(truths) else None
        return {"recogniser" if hears == "transcript" else "classifier": self._known[key]}

    def _teacher(self, case: Case, hears: str) -> Case:
        """Return the case whose rows teach: the first with such truth where listeners share."""
        if hears not in SHARED:
            return case
        return next((c for c in self.cases if self._tells(c, hears)), case)

    def _tells(self, case: Case, hears: str) -> bool:
        row = open_source(case.uri, dict(case.options), self.catalog).row(0)
        return TRUTHS[hears](row) is not None

    def _trainer(self, metric: str, hears: str) -> Callable[..., Any]:
        factory = self.catalog.metrics.load(metric)
        name = "train_recogniser" if hears == "transcript" else "train_classifier"
        trainer: Callable[..., Any] = getattr(factory, name)
        return trainer

    def _lessons(self, case: Case, hears: str) -> tuple[list[Waveform], list[Any]]:
        """Return real clips and their truths, of rows that the model is not trained on if it can.

        The embedded world has rows without end; a pool takes the first. Of a small set there are
        only the rows of training, which are still not the held-out ones that are judged.
        """
        source = open_source(case.uri, dict(case.options), self.catalog)
        first = FAR_FROM_TRAINING if len(source) >= FAR_FROM_TRAINING + self.clips else 0
        rows = [source.row(first + i) for i in range(min(self.clips, len(source)))]
        told = [(row, TRUTHS[hears](row)) for row in rows if row.audio is not None]
        known = [(row.audio(), truth) for row, truth in told if truth and row.audio is not None]
        return [clip for clip, _ in known], [truth for _, truth in known]


def _can_learn(truths: Sequence[Any]) -> bool:
    labels = {label for t in truths for label in ([t] if isinstance(t, str) else t)}
    return len(labels) > 1
