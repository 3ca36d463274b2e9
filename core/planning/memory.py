"""The memory of one GPU in training, part by part, and whether it is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..models.audio_omni import AudioOmniModel
from ..models.encoding import TOGETHER
from ..models.flops import DiTShape
from .activations import Activations, activations
from .options import PlanOptions
from .parameters import FLOAT32, Part, matrix_parameters

GIB = 2**30
BFLOAT16 = 2
GATHERED_BLOCKS = 2
"""Blocks whose weights are whole on every GPU under full sharding: this one and the next."""


@dataclass(frozen=True)
class Memory:
    """Bytes on one GPU. The step of the optimiser and the passes do not need all at one time.

    Attributes:
        weights: trained, float32.
        gradients: of them.
        optimizer: AdamW's two moments.
        average: the EMA.
        copies: what autocast keeps of the transformer in bfloat16, or what sharding gathers.
        frozen: weights of the codec and of frozen networks, and of parts that are held.
        activations: kept for the backward pass, of all examples of a pass.
        encoding: what the codec needs while it encodes, before the first pass.
        step: what the optimiser needs while it steps, behind the last one.
        available: the GPU's memory without the reserve.
    """

    weights: float
    gradients: float
    optimizer: float
    average: float
    copies: float
    frozen: float
    activations: float
    encoding: float
    step: float
    available: float

    @property
    def peak(self) -> float:
        """Return the most that is needed at a time."""
        states = self.weights + self.gradients + self.optimizer + self.average + self.frozen
        return states + max(self.copies + self.activations, self.encoding, self.step)

    @property
    def fits(self) -> bool:
        """Return whether it is there."""
        return self.peak <= self.available

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "peak": self.peak, "fits": self.fits}


@dataclass(frozen=True)
class MemoryModel:
    """What decides the memory of any machine.

    Attributes:
        trainable: parameters that are trained.
        matrices: weights of the transformer's linear layers.
        blocks: of the transformer.
        frozen: bytes of what is held or frozen and always there.
        encoders: bytes of codec and frozen networks, which cached features spare.
        by_precision: bytes that an example keeps, by the precision of matrix products.
        batch: examples of an optimiser step; a GPU encodes its part of them some at a time.
        encoder: bytes that the codec needs to encode a clip.
    """

    trainable: int
    matrices: int
    blocks: int
    frozen: float
    encoders: float
    by_precision: dict[str, Activations]
    batch: int
    encoder: int

    def of(self, options: PlanOptions, micro_batch: int) -> Memory:
        """Return the memory of one GPU of a machine, in passes of ``micro_batch`` examples."""
        shards = options.gpus if options.sharding == "full" else 1
        one = self.trainable * FLOAT32 / shards
        bf16 = options.precision == "bf16"
        kept = self.by_precision[options.precision].peak(checkpointing=options.checkpointing)
        computes = options.features == "computed"
        part = math.ceil(self.batch / options.gpus)
        return Memory(
            weights=one,
            gradients=one,
            optimizer=2 * one,
            average=one,
            copies=self._copies(shards, BFLOAT16 if bf16 else FLOAT32, bf16=bf16),
            frozen=self.frozen + (self.encoders if computes else 0.0),
            activations=micro_batch * kept,
            encoding=float(min(TOGETHER, part) * self.encoder * computes),
            step=one,  # roots of the second moments, of all parameters at once
            available=options.gpu_memory_gib * GIB * (1 - options.reserve),
        )

    def _copies(self, shards: int, element: int, *, bf16: bool) -> float:
        if shards == 1:
            return float(self.matrices * BFLOAT16) if bf16 else 0.0
        gathered = GATHERED_BLOCKS * self.matrices / self.blocks
        return gathered * (element + FLOAT32)  # and their gradients, before they are scattered


def memory_model(
    model: AudioOmniModel, parts: Sequence[Part], longest: DiTShape, *, batch: int, encoder: int
) -> MemoryModel:
    """Return what decides the memory of a model in training, on any machine.

    Args:
        model: sizes; may be without weights.
        parts: as counted.
        longest: lengths of the longest example; memory must be there for a pass of such.
        batch: examples of an optimiser step.
        encoder: bytes that the codec needs to encode a clip.
    """
    dit, channels = model.config.dit, model.codec.latent_dim
    held = sum(p.frozen * FLOAT32 for p in parts if not p.is_encoder)
    return MemoryModel(
        trainable=sum(part.trainable for part in parts),
        matrices=matrix_parameters(model),
        blocks=dit.depth,
        frozen=float(held),
        encoders=float(sum(part.bytes for part in parts if part.is_encoder)),
        by_precision={
            "bf16": activations(dit, channels, longest, element=BFLOAT16),
            "float32": activations(dit, channels, longest, element=FLOAT32),
        },
        batch=batch,
        encoder=encoder,
    )


def micro_batch_of(batch: int, gpus: int, accumulate: int) -> int:
    """Return the examples of the largest pass: how `train` splits a batch over GPUs and passes."""
    return math.ceil(math.ceil(batch / gpus) / accumulate)
