"""Fresh weights of the transformer, all from one explicit generator.

Linear layers keep the variance of their input. Layers that end a residual branch are scaled down
by the number of branches, so that the residual stream's variance does not grow with depth. What
writes the network's output starts at zero: the first velocity is zero, the loss starts at the
variance of its target instead of at the noise of random weights, and the first gradients are
clean. The two convolutions start at zero too, as the identity they are added to.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .embedding import FourierFeatures
from .transformer import Block, GainNorm, Transformer

BRANCHES_PER_BLOCK = 3


@torch.no_grad()
def initialise(root: nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter below ``root``, in the order of its modules; the same on any device."""
    blocks = sum(isinstance(module, Block) for module in root.modules())
    for name, module in root.named_modules():
        if isinstance(module, nn.Linear):
            gain = (BRANCHES_PER_BLOCK * blocks) ** -0.5 if _ends_branch(name) else 1.0
            _draw(module.weight, gain * module.in_features**-0.5, generator)
            if module.bias is not None:
                module.bias.zero_()
        elif isinstance(module, nn.Conv1d):
            module.weight.zero_()
        elif isinstance(module, FourierFeatures):
            _draw(module.weight, 1.0, generator)
        elif isinstance(module, GainNorm):
            module.gamma.fill_(1.0)
    for module in root.modules():
        if isinstance(module, Transformer):
            module.project_out.weight.zero_()


def _ends_branch(name: str) -> bool:
    return name.endswith((".to_out", ".ff.ff.2"))


def _draw(weight: Tensor, std: float, generator: torch.Generator) -> None:
    if weight.is_meta:  # nothing to fill, and drawing billions of numbers takes minutes
        return
    # Drawn on the generator's device and copied, so that a seed means the same on every device.
    weight.copy_(torch.randn(weight.shape, generator=generator, device=generator.device) * std)
