"""A transformer whose weights are spread over the processes of a run (PyTorch's FSDP2).

Its blocks are units: the weights of one are gathered when it computes, and let go afterwards. All
other trained parts are small, adapters among them, and every process keeps them whole. A
transformer that is held still is spread like one that learns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from ..errors import ConfigError
from ..models.dit import DiT
from .components import HasComponents
from .config import TrainConfig
from .world import World, stdout_to_stderr


def is_to_spread(config: TrainConfig, world: World) -> bool:
    """Tell whether a run asks for parts, and has processes to hold them."""
    return config.sharding == "full" and world.size > 1


def spread(model: HasComponents, world: World) -> Shards:
    """Spread a model's transformer over the processes of a run.

    Raises:
        ConfigError: if it has none: a language model is trained alone.
    """
    dit = model.components().get("dit")
    if not isinstance(dit, DiT):
        raise ConfigError(
            "train.sharding is for the transformer, and this recipe trains the language model "
            "alone. Leave it out."
        )
    return Shards(dit, world)


class Shards:
    """A transformer in parts, one for each process."""

    def __init__(self, dit: DiT, world: World) -> None:
        """Spread the transformer; the weights are those of this process, the same in all."""
        with stdout_to_stderr():
            mesh = init_device_mesh(next(dit.parameters()).device.type, (world.size,))
        units: list[nn.Module] = [*dit.transformer.layers, dit]
        for unit in units:
            unit.register_forward_hook(_touch_all)
            fully_shard(unit, mesh=mesh)
        self._units = [unit for unit in units if isinstance(unit, FSDPModule)]

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Give every process the whole transformer inside a ``with`` block."""
        for unit in self._units:
            unit.set_reshard_after_forward(False)
            unit.unshard()
        try:
            yield
        finally:
            for unit in self._units:
                unit.reshard()
                unit.set_reshard_after_forward(True)


def is_spread(tensor: Tensor) -> bool:
    """Tell whether a tensor is one process's part of a larger one."""
    return isinstance(tensor, DTensor)


def local(tensor: Tensor) -> Tensor:
    """Return the part of a tensor that this process has; it shares memory."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def fill(target: Tensor, whole: Tensor) -> None:
    """Copy a whole tensor, the same in all processes, into one that may be spread."""
    if isinstance(target, DTensor):
        # Without a source rank nothing is sent: each process takes its own part.
        whole = distribute_tensor(
            whole.to(target.device, target.dtype),
            target.device_mesh,
            target.placements,
            src_data_rank=None,
        )
    target.data.copy_(whole)


def average_whole(parameters: Iterable[nn.Parameter], world: World) -> None:
    """Average the gradients of weights that all processes keep whole; those of parts are already.

    A process whose examples did not use a weight adds nothing to it.
    """
    for parameter in parameters:
        if is_spread(parameter):
            continue
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        distributed.all_reduce(parameter.grad)
        parameter.grad.div_(world.size)


def norm_of(gradients: Sequence[Tensor]) -> float:
    """Return the norm of gradients, of which some may be spread; the same in all processes."""
    found = 0.0
    for kind in (True, False):
        own = [gradient for gradient in gradients if is_spread(gradient) is kind]
        if own:
            norm: Any = torch.nn.utils.get_total_norm(own)
            found += float(norm.full_tensor() if isinstance(norm, DTensor) else norm) ** 2
    return math.sqrt(found)


def clip(parameters: Iterable[nn.Parameter], most: float) -> float:
    """Scale gradients down to a norm of at most ``most``; return the norm before."""
    known = list(parameters)
    if not any(is_spread(parameter) for parameter in known):
        return float(torch.nn.utils.clip_grad_norm_(known, most))
    gradients = [p.grad for p in known if p.grad is not None]
    norm = norm_of(gradients)
    share = min(1.0, most / (norm + 1e-6))
    torch._foreach_mul_([local(gradient) for gradient in gradients], share)
    return norm


class _Touch(torch.autograd.Function):
    """Passes a tensor on, and gives weights that nothing else used a gradient of zero."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *weights: Tensor) -> Tensor:
        ctx.shapes = [(weight.shape, weight.dtype, weight.device) for weight in weights]
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        zeros = (
            torch.zeros((), dtype=dtype, device=device).expand(shape)
            for shape, dtype, device in ctx.shapes
        )
        return gradients[0], *zeros


def _touch_all(unit: nn.Module, _given: Any, output: Tensor) -> Tensor:
    """Let all of a unit's weights have a gradient, and all processes go back through the unit.

    Processes gather weights and exchange gradients unit by unit, and one whose examples have no
    context would otherwise have fewer of them. A unit that is held still has nothing to learn,
    but what comes before it in one process may have: a number stands in for its weights.
    """
    if not torch.is_grad_enabled():
        return output
    own: list[Tensor] = [weight for weight in _own_weights(unit) if weight.requires_grad]
    touched: Callable[..., Tensor] = _Touch.apply
    return touched(output, *(own or [output.new_zeros((), requires_grad=True)]))


def _own_weights(unit: nn.Module) -> Iterator[nn.Parameter]:
    """Yield the weights of a unit but those of units inside it."""
    yield from unit.parameters(recurse=False)
    for child in unit.children():
        if not isinstance(child, FSDPModule):
            yield from _own_weights(child)
