"""Classifier-free guidance. Shapes: B batch, C channels, T frames, D_c condition width."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..conditioning import Condition, Conditioning
from ..errors import RequestError
from ..models.dit import DiT
from ..models.generation import Prepared, RunBlock, prepare, step
from ..models.transformer import Block


class GuidedVelocity:
    """The velocity that a solver follows: v = u + s (c − u).

    c reads the context, u does not; the low-level stream stays in both. No bias lies between a
    zero context and the output of cross-attention, so u skips cross-attention altogether.
    A scale of 1 costs one branch, and so does 0 or a batch without context.

    The first call prepares what all steps share (`core.models.generation`), under the autocast
    that the caller chose; later calls reuse it as long as x keeps its shape and device.

    Source: Ho & Salimans 2022, "Classifier-Free Diffusion Guidance".
    """

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
        """Choose the branches that every step needs.

        Args:
            dit: the velocity network.
            conditioning: conditions of the batch.
            scale: guidance scale s.
            frame_mask: (B, T) bool, true where a frame is valid.
            rescale: φ in [0, 1]: how far to bring the deviation over channels back to c's.
            negative: context to steer away from, in place of none; as long as the context.

        Raises:
            RequestError: if ``negative`` is not shaped like the context.
            ContractError: for aligned conditions where the model has no place for them.
        """
        dit.check_conditioning(conditioning)
        self.dit = dit
        self.conditioning = conditioning
        self.scale = scale
        self.rescale = rescale
        self.frame_mask = frame_mask
        self.run_block: RunBlock = Block.step
        self.contexts = _branches(conditioning, scale, rescale, negative)
        self._prepared: tuple[tuple[torch.Size, torch.device], Prepared] | None = None

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Return the guided velocity (B, C, T) at x_t (B, C, T) and t (B,)."""
        self.dit.check_inputs(x_t, t, self.frame_mask)
        velocities = step(self.dit, x_t, t, self.prepared_for(x_t), self.run_block)
        if len(self.contexts) == 1:
            return velocities
        c, u = velocities.chunk(2)
        v = u + self.scale * (c - u)
        return rescale_guidance(v, c, self.rescale) if self.rescale else v

    def prepared_for(self, x_t: Tensor) -> Prepared:
        """Return what all steps on latents shaped like x_t share; computed once."""
        key = (x_t.shape, x_t.device)
        if self._prepared is None or self._prepared[0] != key:
            prepared = prepare(self.dit, self.conditioning, x_t, self.frame_mask, self.contexts)
            self._prepared = (key, prepared)
        return self._prepared[1]


def _branches(
    conditioning: Conditioning, scale: float, rescale: float, negative: Condition | None
) -> Sequence[Tensor | None]:
    """Return the context of every branch to compute: of c, of u, or of both in this order."""
    positive = conditioning.context
    without = None if negative is None else _negative_context(conditioning, negative)
    if scale == 1 or positive is None:
        return [positive]
    return [without] if scale == 0 and not rescale else [positive, without]


def _negative_context(conditioning: Conditioning, negative: Condition) -> Tensor:
    context = conditioning.context
    if context is None or negative.tokens.shape != context.shape:
        wanted = None if context is None else tuple(context.shape)
        raise RequestError(
            f"Got a negative context {tuple(negative.tokens.shape)} for a context {wanted}; "
            "expected equal shapes. Pad the shorter one with masked tokens."
        )
    # As in the release: its masked tokens are zeroed, then the positive mask applies.
    return negative.tokens * negative.mask[..., None].to(negative.tokens.dtype)


def rescale_guidance(v: Tensor, c: Tensor, phi: float) -> Tensor:
    """Return v with its deviation over channels moved towards that of c.

    Args:
        v: (B, C, T) guided velocity.
        c: (B, C, T) conditional velocity.
        phi: 0 keeps v, 1 gives every frame the deviation of c.

    Source: Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps Are Flawed".
    """
    wanted, got = c.std(dim=1, keepdim=True), v.std(dim=1, keepdim=True)
    factor = torch.where(got > 0, wanted / got, 1.0)  # padded frames are zero
    return phi * v * factor + (1 - phi) * v
