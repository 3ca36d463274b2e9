"""Classifier-free guidance. Shapes: B batch, C channels, T frames, D_c condition width."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..conditioning import Condition, Conditioning
from ..errors import RequestError
from ..models.dit import DiT
from ..models.embedding import EmbeddedConditioning


class GuidedVelocity:
    """The velocity that a solver follows: v = u + s (c − u).

    c reads the context, u does not; the low-level stream stays in both. No bias lies between a
    zero context and the output of cross-attention, so u skips cross-attention altogether.
    A scale of 1 costs one pass, and so does 0 or a batch without context.

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
        """Embed the conditions once for all steps.

        Args:
            dit: the velocity network.
            conditioning: conditions of the batch.
            scale: guidance scale s.
            frame_mask: (B, T) bool, true where a frame is valid.
            rescale: φ in [0, 1]: how far to bring the deviation over channels back to c's.
            negative: context to steer away from, in place of none; as long as the context.

        Raises:
            RequestError: if ``negative`` is not shaped like the context.
        """
        self.dit = dit
        self.scale = scale
        self.rescale = rescale
        self.frame_mask = frame_mask
        self.conditional = dit.embed_conditioning(conditioning)
        self.unconditional = self.conditional.without_context()
        if negative is not None:
            self.unconditional = self._embed_negative(conditioning, negative)

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Return the guided velocity (B, C, T) at x_t (B, C, T) and t (B,)."""
        if self.scale == 1 or self.conditional.context is None:
            return self._velocity(x_t, t, self.conditional)
        u = self._velocity(x_t, t, self.unconditional)
        if self.scale == 0 and not self.rescale:
            return u
        c = self._velocity(x_t, t, self.conditional)
        v = u + self.scale * (c - u)
        return rescale_guidance(v, c, self.rescale) if self.rescale else v

    def _velocity(self, x_t: Tensor, t: Tensor, conditioning: EmbeddedConditioning) -> Tensor:
        velocity: Tensor = self.dit(x_t, t, conditioning, self.frame_mask)
        return velocity

    def _embed_negative(
        self, conditioning: Conditioning, negative: Condition
    ) -> EmbeddedConditioning:
        context = conditioning.context
        if context is None or negative.tokens.shape != context.shape:
            wanted = None if context is None else tuple(context.shape)
            raise RequestError(
                f"Got a negative context {tuple(negative.tokens.shape)} for a context {wanted}; "
                "expected equal shapes. Pad the shorter one with masked tokens."
            )
        # As in the release: its masked tokens are zeroed, then the positive mask applies.
        tokens = negative.tokens * negative.mask[..., None].to(negative.tokens.dtype)
        return self.dit.embed_conditioning(replace(conditioning, context=tokens))


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
