"""The contract of a metric: a mergeable accumulator whose value carries its fingerprint."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic

import numpy as np
import torch
from pydantic import BaseModel
from typing_extensions import TypeVar

from .accumulator import Accumulator
from .bootstrap import bootstrap_interval
from .config import NoOptions
from .errors import ConfigError
from .media.video_file import Video
from .media.waveform import Waveform
from .metric_result import MetricResult
from .row_keys import joined, places_once, row_key, rows_digest


@dataclass(frozen=True)
class Measured:
    """One clip to measure.

    Attributes:
        generated: the clip that the model made.
        reference: the exact target, or `None` when there is none.
        source: the input of an edit, or `None`.
        fields: caption, instruction and other plain values of the row.
        truth: what the source knows about the row (events, spans); see `Row.truth`.
        id: of the row; a row that several processes measured counts once. Empty: not known.
        video: what the clip was made for, or what opens it; `None` when there is none.
    """

    generated: Waveform
    reference: Waveform | None = None
    source: Waveform | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    video: Video | None = None


@dataclass(frozen=True)
class Answered:
    """One answer to measure; what `Measured` is for tasks that give text.

    Attributes:
        answer: the text that the model gave.
        fields: question, choices, the right ``answer`` and other plain values of the row.
        truth: what the source knows about the row (the skill asked for); see `Row.truth`.
        id: of the row; see `Measured`.
    """

    answer: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


ItemT = TypeVar("ItemT", bound="Measured | Answered", default=Measured)


class Metric(Accumulator, abc.ABC, Generic[ItemT]):
    """Accumulates measured clips; states merge over processes (`Accumulator`).

    What it measures is `Measured`, a clip, unless it says otherwise: a metric of text is a
    ``Metric[Answered]``, and its spec has ``output="text"``.

    A per-clip metric implements `score` and is done. A per-set metric registers its own states
    with ``add_state``, and overrides `update` and `compute`.

    Class attributes mirror the spec: ``name``, ``unit``, ``direction``, ``version``.
    """

    config_model: ClassVar[type[BaseModel]] = NoOptions
    name: ClassVar[str]
    unit: ClassVar[str]
    direction: ClassVar[str]
    version: ClassVar[str] = "v1"

    values: list[torch.Tensor]
    keys: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; no clip is measured yet."""
        super().__init__()
        self.config = config if config is not None else self.config_model()
        self.add_state("values")
        self.add_state("keys")

    @abc.abstractmethod
    def score(self, clip: ItemT) -> float:
        """Return the value of one clip.

        Raises:
            RequestError: if the clip lacks what the metric needs; says what.
        """

    def update(self, clip: ItemT) -> None:
        """Measure one clip."""
        self.record(clip.id, self.score(clip))

    def record(self, row: str, value: float) -> None:
        """Keep the value of a row; one without an id counts every time that it is measured."""
        self.values.append(torch.tensor([value], dtype=torch.float64))
        self.keys.append(torch.tensor([row_key(row)], dtype=torch.int64))

    def compute(self) -> MetricResult:
        """Return the mean over rows with a percentile bootstrap interval over rows."""
        values, keys = self._recorded()
        if values.size == 0:
            raise ConfigError(f"Metric '{self.name}' was given no clip; call update() first.")
        return MetricResult(
            name=self.name,
            value=float(values.mean()),
            n=int(values.size),
            interval=bootstrap_interval(values),
            unit=self.unit,
            direction=self.direction,
            fingerprint=self.fingerprint(),
            rows=rows_digest(keys),
        )

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides the number; subclasses add embedder, weights hash, resampler, …."""
        return {
            "metric": self.name,
            "version": self.version,
            "options": self.config.model_dump(mode="json"),
        }

    def _recorded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return values and keys of the rows, each row once, in the order of their keys.

        So that neither the number of processes nor the order of files changes a number.
        """
        once = self.rows_once()
        return joined(self.values)[once], joined(self.keys)[once]

    def rows_once(self) -> np.ndarray:
        """Return places in a state of one entry a row: each row's first, in the order of keys."""
        return places_once(joined(self.keys))
