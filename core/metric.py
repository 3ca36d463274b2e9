"""The contract of a metric: a mergeable accumulator whose value carries its fingerprint."""

from __future__ import annotations

import abc
import functools
import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic

import numpy as np
import torch
import torchmetrics
from pydantic import BaseModel
from typing_extensions import TypeVar

from .config import NoOptions
from .errors import ConfigError
from .media.waveform import Waveform
from .metric_result import MetricResult

BOOTSTRAP_DRAWS = 1000
MOST_DRAWN = 4_000_000
"""Values drawn at a time: all draws of a hundred thousand clips would take 800 MB."""


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
    """

    generated: Waveform
    reference: Waveform | None = None
    source: Waveform | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


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


class Metric(torchmetrics.Metric, abc.ABC, Generic[ItemT]):
    """Accumulates measured clips; states merge over processes as in torchmetrics.

    What it measures is `Measured`, a clip, unless it says otherwise: a metric of text is a
    ``Metric[Answered]``, and its spec has ``output="text"``.

    A per-clip metric implements `score` and is done. A per-set metric registers its own states
    with ``add_state``, and overrides `update` and `compute`.

    Class attributes mirror the spec: ``name``, ``unit``, ``direction``, ``version``.
    """

    full_state_update = False
    config_model: ClassVar[type[BaseModel]] = NoOptions
    name: ClassVar[str]
    unit: ClassVar[str]
    direction: ClassVar[str]
    version: ClassVar[str] = "v1"

    values: list[torch.Tensor]
    keys: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; no clip is measured yet."""
        super().__init__(sync_on_compute=False, compute_with_cache=False)
        self.config = config if config is not None else self.config_model()
        self.add_state("values", default=[], dist_reduce_fx="cat")
        self.add_state("keys", default=[], dist_reduce_fx="cat")

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

    def forget(self, kept: int) -> None:
        """Take back all but the first ``kept`` values."""
        del self.values[kept:], self.keys[kept:]

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

    def _wrap_compute(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        """Leave out torchmetrics' warning of a missing update: `compute` itself raises."""
        inner = super()._wrap_compute(compute)

        @functools.wraps(compute)
        def quiet(*arguments: Any, **named: Any) -> Any:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="The ``compute`` method of metric")
                return inner(*arguments, **named)

        return quiet

    def _recorded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return values and keys of the rows, each row once, in the order of their keys.

        So that neither the number of processes nor the order of files changes a number.
        """
        once = self.rows_once()
        return joined(self.values)[once], joined(self.keys)[once]

    def rows_once(self) -> np.ndarray:
        """Return places in a state of one entry a row: each row's first, in the order of keys."""
        keys = joined(self.keys)
        order = np.argsort(keys, kind="stable")
        first = np.ones(keys.size, dtype=bool)
        first[1:] = (np.diff(keys[order]) != 0) | (keys[order][1:] == NO_ID)
        places: np.ndarray = order[first]
        return places


NO_ID = 0
"""Key of a row that has no id."""


def row_key(row: str) -> int:
    """Return 63 bits of a row's id, none of which is `NO_ID` but that of no id."""
    if not row:
        return NO_ID
    return int.from_bytes(hashlib.sha256(row.encode()).digest()[:8], "big") >> 1 or 1


def rows_digest(keys: np.ndarray) -> str | None:
    """Return twelve digits over the keys of rows, in any order; `None` where one has no id."""
    if not keys.size or bool((keys == NO_ID).any()):
        return None
    return hashlib.sha256(np.sort(keys).astype("<i8").tobytes()).hexdigest()[:12]


def joined(state: Any) -> np.ndarray:
    """Return a state as an array: a list of tensors, or one tensor after a merge."""
    if isinstance(state, torch.Tensor):
        return state.cpu().numpy()
    return torch.cat(state).cpu().numpy() if state else np.zeros(0)


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the mean, or `None` for fewer than two values."""
    if values.size < 2:
        return None
    rng = np.random.default_rng(seed)
    means: list[np.ndarray] = []
    at_once = max(1, min(BOOTSTRAP_DRAWS, MOST_DRAWN // values.size))
    for first in range(0, BOOTSTRAP_DRAWS, at_once):
        shape = (min(at_once, BOOTSTRAP_DRAWS - first), values.size)
        means.append(values[rng.integers(0, values.size, size=shape)].mean(axis=1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
