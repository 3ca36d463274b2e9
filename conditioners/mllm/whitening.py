"""Hidden states made alike in every direction. Shapes: N tokens, W width."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

EPS = 1e-6
FLOOR = 1e-3
"""Share of the largest variance that every direction is taken to have: noise is not blown up."""


class Whitening(nn.Module):
    """Normalises tokens to mean square 1; once measured, also decorrelates what it was shown.

    The rotation is the one that changes the least (ZCA), so channels stay what they were.
    """

    mean: Tensor
    mixing: Tensor

    def __init__(self, width: int) -> None:
        """Begin with a mean of zero and no mixing."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("mixing", torch.eye(width))

    def forward(self, states: Tensor) -> Tensor:
        """Return whitened states (…, W) of any scale."""
        return (normalised(states) - self.mean) @ self.mixing

    @torch.no_grad()
    def measure(self, states: Sequence[Tensor]) -> None:
        """Take mean and covariance of some prompts' states (N_i, W), in float64."""
        tokens = torch.cat([normalised(own.double()) for own in states])
        mean = tokens.mean(dim=0)
        variances, directions = torch.linalg.eigh((tokens - mean).T.cov(correction=0))
        floor = max(FLOOR * float(variances.max()), EPS)
        scales = (variances.clamp(min=0) + floor).rsqrt()
        self.mean.copy_(mean)
        self.mixing.copy_(directions @ torch.diag(scales) @ directions.T)


def normalised(states: Tensor) -> Tensor:
    """Return states (…, W) whose mean square is 1 in each token."""
    return functional.rms_norm(states, states.shape[-1:], eps=EPS)
