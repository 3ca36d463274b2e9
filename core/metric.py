"""The contract of a metric: a mergeable accumulator whose value carries its fingerprint."""

from __future__ import annotations

import abc
import functools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic

import numpy as np
import torch
import torchmetrics
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypeVar

from .config import Config, NoOptions
from .errors import ConfigError
from .media.waveform import Waveform

BOOTSTRAP_DRAWS = 1000


@dataclass(frozen=True)
class Measured:
    """One clip to measure.

    Attributes:
        generated: the clip that the model made.
        reference: the exact target, or `None` when there is none.
        source: the input of an edit, or `None`.
        fields: caption, instruction and other plain values of the row.
        truth: what the source knows about the row (events, spans); see `Row.truth`.
    """

    generated: Waveform
    reference: Waveform | None = None
    source: Waveform | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """One answer to measure; what `Measured` is for tasks that give text.

    Attributes:
        answer: the text that the model gave.
        fields: question, choices, the right ``answer`` and other plain values of the row.
        truth: what the source knows about the row (the skill asked for); see `Row.truth`.
    """

    answer: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)


ItemT = TypeVar("ItemT", default=Measured)


class MetricResult(Config):
    """A value that can be trusted and compared.

    Attributes:
        name: the metric.
        value: point estimate.
        n: clips measured.
        interval: 95 % confidence interval, or `None` where there is none.
        unit: for example ``"dB"``.
        direction: ``"higher"`` or ``"lower"`` is better.
        fingerprint: everything that decides the number; unlike fingerprints do not compare.
    """

    model_config = ConfigDict(allow_inf_nan=True)  # a measurement may be; a setting may not

    name: str
    value: float
    n: int
    interval: tuple[float, float] | None
    unit: str
    direction: str
    fingerprint: dict[str, Any]

    def compare(self, other: MetricResult) -> float:
        """Return ``self.value - other.value``.

        Raises:
            ConfigError: if the fingerprints differ; lists the differing entries.
        """
        keys = sorted(set(self.fingerprint) | set(other.fingerprint))
        differing = [
            f"{key}: {self.fingerprint.get(key)!r} against {other.fingerprint.get(key)!r}"
            for key in keys
            if self.fingerprint.get(key) != other.fingerprint.get(key)
        ]
        if differing:
            raise ConfigError(
                f"Two values of '{self.name}' were measured differently and cannot be compared: "
                + "; ".join(differing)
            )
        return self.value - other.value

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return self.model_dump(mode="json")


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

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; no clip is measured yet."""
        super().__init__(sync_on_compute=False)
        self.config = config if config is not None else self.config_model()
        self.add_state("values", default=[], dist_reduce_fx="cat")

    @abc.abstractmethod
    def score(self, clip: ItemT) -> float:
        """Return the value of one clip.

        Raises:
            RequestError: if the clip lacks what the metric needs; says what.
        """

    def update(self, clip: ItemT) -> None:
        """Measure one clip."""
        self.values.append(torch.tensor([self.score(clip)], dtype=torch.float64))

    def compute(self) -> MetricResult:
        """Return the mean over clips with a percentile bootstrap interval over clips."""
        values = self._values()
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

    def _values(self) -> np.ndarray:
        if isinstance(self.values, torch.Tensor):  # after a merge over processes
            return self.values.cpu().numpy()
        return torch.cat(self.values).cpu().numpy() if self.values else np.zeros(0)


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the mean, or `None` for fewer than two values."""
    if values.size < 2:
        return None
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, values.size, size=(BOOTSTRAP_DRAWS, values.size))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
