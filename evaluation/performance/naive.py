"""The reference that the fast path is measured against: every step recomputes everything.

As the published implementation runs (contract of the release, section 4.4): one batch of 2B, in
which the second half has a context of zeros under the same masks; conditions are projected at
every step, padding included, and attended under the mask. Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.conditioning import Condition, Conditioning
from ...core.flow.guidance import rescale_guidance
from ...core.models.dit import DiT


class NaiveVelocity:
    """Takes and returns what `core.flow.guidance.GuidedVelocity` does, at full cost."""

    def __init__(
        self,
        dit: DiT,
        conditioning: Conditioning,
        scale: float,
        frame_mask: Tensor | None = None,
        *,
        rescale: float = 0.0,
        negative: Condition | None = None,
    ) -> None:
        """Keep the conditions as they are; see `GuidedVelocity` for the arguments."""
        self.dit = dit
        self.conditioning = conditioning
        self.scale = scale
        self.frame_mask = frame_mask
        self.rescale = rescale
        self.negative = negative

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Return the guided velocity (B, C, T) at x_t (B, C, T) and t (B,)."""
        context = self.conditioning.context
        if self.scale == 1 or context is None:
            return self._velocity(x_t, t, self.conditioning, self.frame_mask)
        other = torch.zeros_like(context)
        if self.negative is not None:
            other = self.negative.tokens * self.negative.mask[..., None].to(context.dtype)
        twice = _doubled(self.conditioning, torch.cat((context, other)))
        frame_mask = None if self.frame_mask is None else self.frame_mask.repeat(2, 1)
        both = self._velocity(x_t.repeat(2, 1, 1), t.repeat(2), twice, frame_mask)
        c, u = both.chunk(2)
        v = u + self.scale * (c - u)
        return rescale_guidance(v, c, self.rescale) if self.rescale else v

    def _velocity(
        self, x: Tensor, t: Tensor, conditioning: Conditioning, frame_mask: Tensor | None
    ) -> Tensor:
        dtype = self.dit.dtype
        if x.dtype == dtype:
            return self.dit(x, t, conditioning, frame_mask)
        return self.dit(x.to(dtype), t, _cast(conditioning, dtype), frame_mask).to(x.dtype)


def _cast(conditioning: Conditioning, dtype: torch.dtype) -> Conditioning:
    values = vars(conditioning).items()
    return Conditioning(
        **{k: v.to(dtype) if v is not None and v.is_floating_point() else v for k, v in values}
    )


def _doubled(conditioning: Conditioning, context: Tensor) -> Conditioning:
    """Return every stream twice along the batch, with ``context`` (2B, T_ctx, D_c)."""

    def twice(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor.repeat(2, *(1,) * (tensor.ndim - 1))

    return Conditioning(
        context=context,
        context_mask=twice(conditioning.context_mask),
        prefix=twice(conditioning.prefix),
        prefix_mask=twice(conditioning.prefix_mask),
        aligned=twice(conditioning.aligned),
        aligned_mask=twice(conditioning.aligned_mask),
    )
