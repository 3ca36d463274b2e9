"""Low-rank adapters: small matrices beside frozen ones, which a fine-tuning trains alone.

Shapes: N anything, D_in and D_out widths of a linear layer, R rank.
Source: Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ConfigError
from .lora_config import LoraConfig

ALL_ROWS = slice(None)


class Adapter(nn.Module):
    """What is added to a linear layer: scale · B A, which begins at zero."""

    def __init__(
        self, inputs: int, outputs: int, rank: int, scale: float, generator: torch.Generator
    ) -> None:
        """Draw A; B is zero."""
        super().__init__()
        self.scale = scale
        bound = math.sqrt(3.0 / inputs)
        drawn = torch.rand(rank, inputs, generator=generator) * 2 * bound - bound
        self.down = nn.Parameter(drawn)
        self.up = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x: Tensor, rows: slice = ALL_ROWS) -> Tensor:
        """Return what is added to some of the outputs for x (N, D_in)."""
        down: Tensor = functional.linear(x, self.down)
        return functional.linear(down, self.up[rows]) * self.scale

    def product(self) -> Tensor:
        """Return scale · B A, (D_out, D_in)."""
        return self.scale * (self.up @ self.down)


class AdaptedLinear(nn.Module):
    """A linear layer with an adapter; its own weights keep their names."""

    bias: nn.Parameter | None

    def __init__(self, linear: nn.Linear, adapter: Adapter) -> None:
        """Take over the weights of a layer."""
        super().__init__()
        self.weight = linear.weight
        self.register_parameter("bias", linear.bias)
        # A tuple, so that the adapter is a part of the model's adapters and not of its transformer.
        self._adapter = (adapter,)

    @property
    def adapter(self) -> Adapter:
        """Return the adapter."""
        return self._adapter[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's outputs with what the adapter adds."""
        return functional.linear(x, self.weight, self.bias) + self.adapter(x)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """Return a plain layer that gives the same, up to rounding."""
        outputs, inputs = self.weight.shape
        linear = nn.Linear(inputs, outputs, bias=False, device="meta")
        added = self.adapter.product().to(self.weight.device, torch.float32)
        linear.weight = nn.Parameter((self.weight.float() + added).to(self.weight.dtype))
        linear.register_parameter("bias", self.bias)
        return linear


class Adapters(nn.Module):
    """The adapters of a transformer, by the dotted names of its layers."""

    def __init__(self, config: LoraConfig) -> None:
        """Start without any."""
        super().__init__()
        self.config = config
        self._layers: list[str] = []

    def add(self, layer: str, adapter: Adapter) -> None:
        """Take in the adapter of a layer."""
        self._layers.append(layer)
        self.add_module(_flat(layer), adapter)

    def items(self) -> Iterator[tuple[str, Adapter]]:
        """Yield each layer's name with its adapter."""
        for layer in self._layers:
            yield layer, self.get_submodule(_flat(layer))  # type: ignore[misc]


def add_adapters(transformer: nn.Module, config: LoraConfig, seed: int) -> Adapters:
    """Give layers of a transformer adapters, which change nothing yet; return them.

    Raises:
        ConfigError: for a target that is the end of no linear layer's name.
    """
    linear = [name for name, m in transformer.named_modules() if isinstance(m, nn.Linear)]
    for target in config.targets:
        if not any(_ends_with(name, target) for name in linear):
            ends = sorted({name.rpartition(".")[2] for name in linear})
            raise ConfigError(
                f"train.lora.targets names '{target}', which no linear layer of the transformer "
                f"ends with. Their names end with {', '.join(ends)}."
            )
    adapters, generator = Adapters(config), torch.Generator().manual_seed(seed)
    for name in linear:
        if any(_ends_with(name, target) for target in config.targets):
            layer = transformer.get_submodule(name)
            assert isinstance(layer, nn.Linear)  # noqa: S101 - see above
            adapter = Adapter(
                layer.in_features, layer.out_features, config.rank, config.scale, generator
            )
            adapters.add(name, adapter)
            _replace(transformer, name, AdaptedLinear(layer, adapter))
    return adapters


def merge_adapters(transformer: nn.Module) -> None:
    """Put all adapters of a transformer into the weights of its layers."""
    adapted = [name for name, m in transformer.named_modules() if isinstance(m, AdaptedLinear)]
    for name in adapted:
        layer = transformer.get_submodule(name)
        assert isinstance(layer, AdaptedLinear)  # noqa: S101 - see above
        _replace(transformer, name, layer.merged())


def rows_of(linear: nn.Module, x: Tensor, rows: slice) -> Tensor:
    """Return some of a layer's outputs for x, with what an adapter adds; it has no bias."""
    out: Tensor = functional.linear(x, linear.weight[rows])  # type: ignore[index]
    return out + linear.adapter(x, rows) if isinstance(linear, AdaptedLinear) else out


def _replace(root: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(root.get_submodule(parent), own, module)


def _ends_with(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def _flat(layer: str) -> str:
    """Return a layer's name as that of a submodule, which must not have dots."""
    return layer.replace(".", "/")
