"""What a run will take: parameters, memory, operations, time, storage."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from ..models.flops import backward_flop, forward_flop
from .advice import Advice, what_fits
from .assumptions import assumptions_of
from .memory import Memory, memory_model, micro_batch_of
from .options import PlanOptions
from .parameters import Part
from .storage import Storage, storage_of
from .subject import Subject
from .workload import Workload

SECONDS_PER_DAY = 86400.0


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


def plan_run(subject: Subject, options: PlanOptions) -> Plan:
    """Return what a run takes on a machine.

    Args:
        subject: what is planned, from `subject_of`.
        options: the machine, and what is assumed.
    """
    recipe, workload = subject.recipe, subject.workload(options.prompt_tokens)
    batch, codec = recipe.loader.batch_size, subject.codec
    part = math.ceil(batch / options.gpus)
    wanted = options.micro_batch or micro_batch_of(batch, options.gpus, recipe.train.accumulate)
    micro_batch = min(wanted, part)
    machine = memory_model(
        subject.model,
        subject.parts,
        workload.longest(),
        batch=batch,
        encoder=0 if codec is None else codec.peak,
    )
    memory = machine.of(options, micro_batch)
    flop = _flop(subject, workload, options, micro_batch)
    examples = subject.examples(options.hours)
    return Plan(
        recipe=recipe.name,
        options=options,
        parts=subject.parts,
        batch=batch,
        micro_batch=micro_batch,
        accumulate=math.ceil(part / micro_batch),
        steps=recipe.train.steps,
        memory=memory,
        flop=flop,
        days=_days(options, batch, recipe.train.steps, sum(flop.values())),
        storage=storage_of(subject.model, workload, recipe.train, subject.checkpoint, examples),
        advice=[] if memory.fits else what_fits(machine, options, batch, micro_batch),
        assumptions=assumptions_of(subject, options, workload),
    )


def _flop(
    subject: Subject, workload: Workload, options: PlanOptions, micro_batch: int
) -> dict[str, float]:
    """Return the mean operations of an example, by what they are for."""
    model = subject.model
    dit, channels = model.config.dit, model.codec.latent_dim
    shape = workload.mean(micro_batch)
    trained = any(parameter.requires_grad for parameter in model.dit.parameters())
    forward = forward_flop(dit, channels, shape)
    backward = backward_flop(dit, channels, shape, weights=trained)
    flop = {"forward": forward, "backward": backward}
    if options.checkpointing:
        flop["computed anew"] = forward
    if options.features == "cached":
        return flop
    frozen = {name: value for name, value in workload.frozen_flop().items() if value}
    return {**flop, "codec": 0.0 if subject.codec is None else subject.codec.flop, **frozen}


def _days(options: PlanOptions, batch: int, steps: int, flop_per_example: float) -> float:
    rate = options.examples_per_second
    if rate is None:
        rate = options.peak_tflops * 1e12 * options.utilisation / flop_per_example
    return steps * batch / (rate * options.gpus) / SECONDS_PER_DAY
