"""What a codec's encoder costs, found by running it on tensors without values."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from ..codec import Codec
from ..geometry import Geometry


@dataclass(frozen=True)
class EncoderCost:
    """What it takes to encode one full clip.

    Attributes:
        flop: operations of convolutions and matrix products.
        peak: bytes that are alive at a time, beside the weights.
    """

    flop: float
    peak: int


def encoder_cost(codec: Codec, geometry: Geometry) -> EncoderCost | None:
    """Return what it takes to encode a full clip; `None` where values decide what is run.

    Args:
        codec: with or without weights.
        geometry: of the model; gives the length and the channels of a clip.
    """
    shape = (1, geometry.channels, geometry.clip_samples)
    apart = copy.deepcopy(codec)
    try:
        with warnings.catch_warnings(), FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            warnings.simplefilter("ignore")  # codecs that cache folded weights ask where they lie
            # Fake tensors pretend to be on a CPU, where every operation exists.
            apart.to_empty(device="cpu")
            with FlopCounterMode(display=False) as counter, LiveBytes() as live:
                apart.encode(torch.empty(shape, device="cpu"))
    except (RuntimeError, NotImplementedError, TypeError):
        return None
    return EncoderCost(float(counter.get_total_flops()), live.peak)


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of all tensors that operations make, while they are alive.

    Attributes:
        peak: the most at a time.
    """

    def __init__(self) -> None:
        """Start at nothing."""
        super().__init__()
        self.peak = 0
        self._alive: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, and count what it made."""
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                self._alive[StorageWeakRef(storage)] = storage.nbytes()
        self._alive = {ref: size for ref, size in self._alive.items() if not ref.expired()}
        self.peak = max(self.peak, sum(self._alive.values()))
        return made
