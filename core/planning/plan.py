"""What a run will take: parameters, memory, operations, time, storage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..catalog import Catalog
from ..data.shares import Shares
from ..models.audio_omni import AudioOmniModel
from ..models.flops import backward_flop, forward_flop
from ..recipe import Recipe
from .advice import Advice, what_fits
from .assumptions import assumptions_of
from .encoding import EncoderCost, encoder_cost
from .memory import Memory, memory_model, micro_batch_of
from .options import PlanOptions
from .parameters import Part, checkpoint_bytes, parts_of, planned_model
from .sources import SourceState, look_at
from .storage import Storage, storage_of
from .workload import Workload, workload_of

SECONDS_PER_DAY = 86400.0
TRANSFORMER = ("forward", "backward", "computed anew")


@dataclass(frozen=True)
class Plan:
    """What a run will take.

    Attributes:
        recipe: its name.
        options: what was assumed.
        parts: parameters, by part.
        batch: examples of an optimiser step.
        micro_batch: examples of one pass of one GPU.
        accumulate: passes of a GPU in a step.
        steps: of the run.
        memory: of one GPU.
        flop: operations of an example on the mean, by what they are for.
        days: expected.
        storage: of data and checkpoints.
        advice: ways to fit, if it does not.
        assumptions: what the numbers rest on, in words.
    """

    recipe: str
    options: PlanOptions
    parts: tuple[Part, ...]
    batch: int
    micro_batch: int
    accumulate: int
    steps: int
    memory: Memory
    flop: dict[str, float]
    days: float
    storage: Storage
    advice: list[Advice] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    @property
    def trainable(self) -> int:
        """Return the parameters that are trained."""
        return sum(part.trainable for part in self.parts)

    @property
    def frozen(self) -> int:
        """Return the other parameters."""
        return sum(part.frozen for part in self.parts)

    @property
    def flop_per_step(self) -> float:
        """Return the operations of an optimiser step, over all GPUs."""
        return self.batch * sum(self.flop.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {name: getattr(self, name) for name in ("recipe", "batch", "micro_batch")}
        return {
            **own,
            "accumulate": self.accumulate,
            "steps": self.steps,
            "options": self.options.model_dump(),
            "parameters": {
                "trainable": self.trainable,
                "frozen": self.frozen,
                "parts": [asdict(part) for part in self.parts],
            },
            "memory": self.memory.to_dict(),
            "flop": {"example": self.flop, "step": self.flop_per_step},
            "days": self.days,
            "storage": self.storage.to_dict(),
            "advice": [asdict(advice) for advice in self.advice],
            "assumptions": self.assumptions,
        }


def plan_run(
    recipe: Recipe,
    catalog: Catalog,
    options: PlanOptions,
    sources: Sequence[SourceState] | None = None,
) -> Plan:
    """Return what a run of a recipe will take. Nothing is loaded, fetched or run.

    Args:
        recipe: the resolved recipe.
        catalog: where plugins are looked up.
        options: the machine, and what is assumed.
        sources: the state of the recipe's sources, if it is known already.

    Raises:
        ConfigError: if the recipe trains a language model alone, or does not fit its plugins.
        UnknownNameError, PluginError: as the model is built.
    """
    model = planned_model(recipe, catalog)
    states = look_at(recipe.mixture.sources, catalog) if sources is None else sources
    rows = [state.rows for state in states]
    workload = workload_of(
        model,
        recipe.mixture,
        _shares(recipe, rows),
        catalog,
        prompt_tokens=options.prompt_tokens,
    )
    parts, batch = parts_of(model), recipe.loader.batch_size
    micro_batch = options.micro_batch or micro_batch_of(
        batch, options.gpus, recipe.train.accumulate
    )
    codec = encoder_cost(model.codec, model.geometry)
    model_of_memory = memory_model(
        model, parts, workload.longest(), batch=batch, encoder=0 if codec is None else codec.peak
    )
    memory = model_of_memory.of(options, micro_batch)
    flop = _flop(model, workload, options, micro_batch, codec)
    examples = _examples(options.hours, rows, model.geometry.clip_seconds)
    advice = [] if memory.fits else what_fits(model_of_memory, options, batch, micro_batch)
    return Plan(
        recipe=recipe.name,
        options=options,
        parts=parts,
        batch=batch,
        micro_batch=micro_batch,
        accumulate=math.ceil(math.ceil(batch / options.gpus) / micro_batch),
        steps=recipe.train.steps,
        memory=memory,
        flop=flop,
        days=_days(options, batch, recipe.train.steps, sum(flop.values())),
        storage=storage_of(model, workload, recipe.train, checkpoint_bytes(model), examples),
        advice=advice,
        assumptions=assumptions_of(recipe, options, workload, rows, codec_known=codec is not None),
    )


def _shares(recipe: Recipe, rows: Sequence[int | None]) -> list[float]:
    """Return the shares of the sources, by weights alone where rows are not known."""
    known = [count for count in rows if count]
    if len(known) == len(rows):
        config = recipe.mixture
    else:
        config, known = recipe.mixture.model_copy(update={"temperature": None}), [1] * len(rows)
    weights = config.model_copy(
        update={"sources": [use.model_copy(update={"fade": []}) for use in config.sources]}
    )
    return [float(share) for share in Shares(weights, known).at(0)]


def _flop(
    model: AudioOmniModel,
    workload: Workload,
    options: PlanOptions,
    micro_batch: int,
    codec: EncoderCost | None,
) -> dict[str, float]:
    """Return the mean operations of an example, by what they are for."""
    dit, channels = model.config.dit, model.codec.latent_dim
    shape = workload.mean(micro_batch)
    trained = any(parameter.requires_grad for parameter in model.dit.parameters())
    forward = forward_flop(dit, channels, shape)
    backward = backward_flop(dit, channels, shape, weights=trained)
    flop = dict(zip(TRANSFORMER, (forward, backward), strict=False))
    if options.checkpointing:
        flop[TRANSFORMER[-1]] = forward
    if options.features == "cached":
        return flop
    frozen = {name: value for name, value in workload.frozen_flop().items() if value}
    return {**flop, "codec": 0.0 if codec is None else codec.flop, **frozen}


def _days(options: PlanOptions, batch: int, steps: int, flop_per_example: float) -> float:
    rate = options.examples_per_second
    if rate is None:
        rate = options.peak_tflops * 1e12 * options.utilisation / flop_per_example
    return steps * batch / (rate * options.gpus) / SECONDS_PER_DAY


def _examples(hours: float | None, rows: Sequence[int | None], seconds: float) -> float | None:
    """Return how many clips the data has; `None` where it is not known."""
    if hours is not None:
        return hours * 3600 / seconds
    known = [count for count in rows if count is not None]
    return float(sum(known)) if len(known) == len(rows) else None
