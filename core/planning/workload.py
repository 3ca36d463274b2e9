"""What a mixture asks of a model: lengths, operations and features of the examples of each task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..catalog import Catalog
from ..conditioning import Route
from ..costs import ConditionerCost, ExampleShape
from ..data.config import MixtureConfig
from ..models.audio_omni import AudioOmniModel
from ..models.flops import DiTShape
from ..specs import ConcatAxis, Injection


@dataclass(frozen=True)
class TaskLoad:
    """The examples of one task.

    Attributes:
        task: its name.
        share: of the mixture.
        costs: of each conditioner, by the name of its weights.
    """

    task: str
    share: float
    costs: dict[str, ConditionerCost]


@dataclass(frozen=True)
class Workload:
    """The examples of a mixture, each of a full clip.

    Attributes:
        frames: latent frames of a clip, filled up to whole tokens.
        loads: one for each task.
        routes: how each conditioner's tokens enter.
        one_task: whether a batch has the examples of one task.
        unknown: conditioners that do not say what they cost.
    """

    frames: int
    loads: tuple[TaskLoad, ...]
    routes: dict[str, Route]
    one_task: bool
    unknown: tuple[str, ...] = field(default=())

    def longest(self) -> DiTShape:
        """Return the lengths of the longest example of all: what memory must be there for."""
        return self._shape({n: max(self._tokens(n)) for n in self.routes})

    def mean(self, batch: int) -> DiTShape:
        """Return mean lengths in passes of ``batch`` examples, each padded to the longest."""
        return self._shape(
            {n: self._expected(n, 1 if self.one_task else batch) for n in self.routes}
        )

    def frozen_flop(self) -> dict[str, float]:
        """Return the mean operations of each conditioner's frozen networks for an example."""
        return {
            name: sum(load.share * load.costs[name].frozen_flop for load in self.loads)
            for name in self.routes
        }

    def feature_numbers(self) -> float:
        """Return how many numbers the features of an example hold, on the mean."""
        return sum(
            load.share * cost.feature_numbers for load in self.loads for cost in load.costs.values()
        )

    def _tokens(self, name: str) -> list[int]:
        return [load.costs[name].tokens for load in self.loads]

    def _expected(self, name: str, batch: int) -> float:
        """Return the mean of the longest of ``batch`` draws: v · (F(v)ⁿ − F(v−)ⁿ), over values."""
        mean, below = 0.0, 0.0
        for value in sorted(set(self._tokens(name))):
            upto = sum(load.share for load in self.loads if load.costs[name].tokens <= value)
            mean += value * (min(1.0, upto) ** batch - below**batch)
            below = min(1.0, upto)
        return mean

    def _shape(self, tokens: dict[str, float]) -> DiTShape:
        def of(stream: str) -> Iterator[float]:
            return (tokens[name] for name, route in self.routes.items() if _stream(route) == stream)

        return DiTShape(
            frames=self.frames,
            context=sum(of("context")),
            prefix=sum(of("prefix")),
            aligned=max(of("aligned"), default=0.0),  # they are added on the finest frames
        )


def workload_of(
    model: AudioOmniModel,
    mixture: MixtureConfig,
    shares: Sequence[float],
    catalog: Catalog,
    *,
    prompt_tokens: int,
) -> Workload:
    """Return what a mixture asks of a model, which may be without weights.

    Args:
        model: for the costs of its conditioners and the length of a clip.
        mixture: its sources and tasks.
        shares: of each source.
        catalog: where tasks are looked up.
        prompt_tokens: of a prompt's text.

    Raises:
        UnknownNameError: for a task that no plugin registered.
    """
    by_task: dict[str, float] = {}
    for use, share in zip(mixture.sources, shares, strict=True):
        name = catalog.tasks.get(use.task).name
        by_task[name] = by_task.get(name, 0.0) + share
    unknown: list[str] = []
    loads = []
    for task, share in by_task.items():
        shape = ExampleShape(
            seconds=model.geometry.clip_seconds,
            fills=frozenset(catalog.tasks.get(task).fills),
            prompt_tokens=prompt_tokens,
        )
        costs = {}
        for name, conditioner in model.named_conditioners():
            cost = conditioner.cost(shape)
            if cost is None:
                unknown.append(name)
            costs[name] = cost or ConditionerCost(tokens=1)
        loads.append(TaskLoad(task, share, costs))
    patch = model.config.dit.patch_frames
    return Workload(
        frames=-(-model.geometry.clip_frames // patch) * patch,
        loads=tuple(loads),
        routes=dict(model.routes),
        one_task=mixture.batches == "one_task",
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _stream(route: Route) -> str:
    if route.injection is Injection.CONTEXT:
        return "context"
    return "prefix" if route.axis is ConcatAxis.SEQUENCE else "aligned"
