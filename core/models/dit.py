"""The velocity network: a diffusion transformer over latent frames.

Shapes: B batch, C latent channels, T frames, P frames per token, N latent tokens = ceil(T / P),
T_pre prefix tokens, D width, D_c width of the conditions.

Time enters only through the low-level stream (prefix and aligned tokens), by addition; there are
no modulated norms. Source: Audio-Omni, section 4.2; Stable Audio Open for the block.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..conditioning import Conditioning
from ..errors import RequestError
from .alignment import align_to_frames
from .config import DiTConfig
from .embedding import (
    TIME_FEATURES,
    EmbeddedConditioning,
    FourierFeatures,
    build_embedder,
    mask_unless_full,
)
from .initialisation import initialise
from .transformer import Transformer


class DiT(nn.Module):
    """Predicts the velocity of the flow. Weight names are those of the released checkpoint.

    ``project_aligned`` is ours: the release has no aligned stream.
    """

    def __init__(self, config: DiTConfig, latent_dim: int) -> None:
        """Build the network; its weights are drawn by `reset_parameters`.

        Args:
            config: widths and depth.
            latent_dim: latent channels C.
        """
        super().__init__()
        self.config = config
        self.latent_dim = latent_dim
        width, patch = config.width, config.patch_frames
        self.timestep_features = FourierFeatures()
        self.to_timestep_embed = build_embedder(TIME_FEATURES, width, bias=True)
        # Without biases a zero context stays zero, which is what guidance relies on.
        self.to_cond_embed = build_embedder(config.condition_width, width, bias=False)
        self.to_global_embed = build_embedder(config.condition_width, width, bias=False)
        self.preprocess_conv = nn.Conv1d(latent_dim, latent_dim, 1, bias=False)
        self.postprocess_conv = nn.Conv1d(latent_dim, latent_dim, 1, bias=False)
        # Joining aligned features to the latent's channels before one linear layer is the same as
        # adding the outputs of two; two keep the released shape of `project_in`.
        self.project_aligned = nn.Linear(width * patch, width, bias=False)
        self.transformer = Transformer(latent_dim * patch, width, config.depth, config.heads)
        self.reset_parameters(torch.Generator().manual_seed(0))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw fresh weights from ``generator`` (a CPU generator)."""
        initialise(self, generator)

    def embed_time(self, t: Tensor) -> Tensor:
        """Return the time embedding τ (B, D) of t (B,) in [0, 1]."""
        features = self.timestep_features(t).to(self.to_timestep_embed[0].weight.dtype)
        embedded: Tensor = self.to_timestep_embed(features)
        return embedded

    def embed_conditioning(self, conditioning: Conditioning) -> EmbeddedConditioning:
        """Return the part of the computation that does not depend on x or t.

        A generation calls this once; `forward` accepts the result at every step.
        """
        c = conditioning
        aligned_mask = mask_unless_full(c.aligned_mask)
        return EmbeddedConditioning(
            context=None if c.context is None else self.to_cond_embed(c.context),
            context_mask=mask_unless_full(c.context_mask),
            prefix=None if c.prefix is None else self.to_global_embed(c.prefix),
            prefix_mask=mask_unless_full(c.prefix_mask),
            aligned=None if c.aligned is None else self.to_global_embed(c.aligned),
            aligned_counts=None if aligned_mask is None else aligned_mask.sum(dim=1),
        )

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        conditioning: Conditioning | EmbeddedConditioning,
        frame_mask: Tensor | None = None,
    ) -> Tensor:
        """Return the velocity (B, C, T) at (x, t).

        Args:
            x: (B, C, T) noisy latents.
            t: (B,) times in [0, 1]; 1 is noise.
            conditioning: as routed, or already embedded.
            frame_mask: (B, T) bool, true where a frame is valid; the valid frames come first.
                Other frames are never attended, and the velocity there is zero.

        Raises:
            RequestError: if x, t or frame_mask have the wrong shape.
        """
        self._check(x, t, frame_mask)
        if isinstance(conditioning, Conditioning):
            conditioning = self.embed_conditioning(conditioning)
        time = self.embed_time(t)
        prefix = (
            time[:, None] if conditioning.prefix is None else conditioning.prefix + time[:, None]
        )
        latent = self._latent_tokens(x, frame_mask)
        if conditioning.aligned is not None:
            latent = latent + self._aligned_tokens(conditioning, time, frame_mask, x.shape[-1])
        mask = self._sequence_mask(conditioning.prefix_mask, frame_mask, prefix, latent)
        hidden = self.transformer(
            torch.cat((prefix, latent), dim=1),
            _positions(mask, prefix.shape[1] + latent.shape[1], x.device),
            mask,
            conditioning.context,
            conditioning.context_mask,
        )
        return self._velocity(hidden[:, prefix.shape[1] :], x.shape[-1], frame_mask)

    def _latent_tokens(self, x: Tensor, frame_mask: Tensor | None) -> Tensor:
        """Return (B, N, D). Invalid frames are zeroed, like the padding of an odd last token."""
        if frame_mask is not None:
            x = x * frame_mask[:, None].to(x.dtype)
        x = self._pad(x + self.preprocess_conv(x))
        tokens: Tensor = self.transformer.project_in(_fold(x, self.config.patch_frames))
        return tokens

    def _aligned_tokens(
        self,
        conditioning: EmbeddedConditioning,
        time: Tensor,
        frame_mask: Tensor | None,
        frames: int,
    ) -> Tensor:
        """Return (B, N, D): aligned features plus τ, frame by frame, folded like the latent.

        τ is added after interpolation, whose weights sum to one, so the order does not matter.
        """
        assert conditioning.aligned is not None  # noqa: S101 - checked by the caller
        padded = frames + -frames % self.config.patch_frames
        counts = None if frame_mask is None else frame_mask.sum(dim=1)
        if counts is None and padded != frames:
            counts = torch.full((len(time),), frames, device=time.device)
        features = align_to_frames(
            conditioning.aligned, conditioning.aligned_counts, counts, padded
        )
        # Frames of one token lie next to each other, so folding is a view: (B, N, P · D).
        features = (features + time[:, None]).reshape(
            len(time), -1, self.project_aligned.in_features
        )
        tokens: Tensor = self.project_aligned(features)
        return tokens

    def _sequence_mask(
        self, prefix_mask: Tensor | None, frame_mask: Tensor | None, prefix: Tensor, latent: Tensor
    ) -> Tensor | None:
        """Return (B, T_pre + N) bool, or `None` when every token is valid."""
        if prefix_mask is None and frame_mask is None:
            return None
        if prefix_mask is None:
            prefix_mask = prefix.new_ones(prefix.shape[:2], dtype=torch.bool)
        if frame_mask is None:
            token_mask = latent.new_ones(latent.shape[:2], dtype=torch.bool)
        else:
            token_mask = self._pad(frame_mask).reshape(*latent.shape[:2], -1).any(dim=2)
        return torch.cat((prefix_mask, token_mask), dim=1)

    def _pad(self, frames: Tensor) -> Tensor:
        """Return (..., T) extended with zeros to whole tokens; `forward` crops them again."""
        missing = -frames.shape[-1] % self.config.patch_frames
        return functional.pad(frames, (0, missing)) if missing else frames

    def _velocity(self, latent: Tensor, frames: int, frame_mask: Tensor | None) -> Tensor:
        y = _unfold(self.transformer.project_out(latent), self.config.patch_frames)[..., :frames]
        y = y + self.postprocess_conv(y)
        velocity: Tensor = y if frame_mask is None else y * frame_mask[:, None].to(y.dtype)
        return velocity

    def _check(self, x: Tensor, t: Tensor, frame_mask: Tensor | None) -> None:
        if x.ndim != 3 or x.shape[1] != self.latent_dim or not x.shape[2]:
            raise RequestError(
                f"Got latents {tuple(x.shape)}; expected (B, {self.latent_dim}, T) with T > 0, "
                "as this model's codec makes them."
            )
        if t.shape != x.shape[:1]:
            raise RequestError(f"Got times {tuple(t.shape)}; expected one per item, ({len(x)},).")
        expected = (x.shape[0], x.shape[2])
        if frame_mask is not None and (
            tuple(frame_mask.shape) != expected or frame_mask.dtype != torch.bool
        ):
            raise RequestError(
                f"Got a frame mask {tuple(frame_mask.shape)} of {frame_mask.dtype}; expected "
                f"{expected} of torch.bool, true where a frame is valid."
            )


def _positions(mask: Tensor | None, length: int, device: torch.device) -> Tensor:
    """Return positions that count valid tokens, so that padding between shifts nothing."""
    if mask is None:
        return torch.arange(length, device=device)
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _fold(x: Tensor, patch: int) -> Tensor:
    """Return (B, N, C · P) from (B, C, N · P)."""
    if patch == 1:
        return x.transpose(1, 2)
    batch, channels, frames = x.shape
    return x.reshape(batch, channels, frames // patch, patch).permute(0, 2, 1, 3).flatten(2)


def _unfold(tokens: Tensor, patch: int) -> Tensor:
    """Return (B, C, N · P) from (B, N, C · P); the inverse of `_fold`."""
    if patch == 1:
        return tokens.transpose(1, 2)
    batch, count, features = tokens.shape
    return tokens.reshape(batch, count, features // patch, patch).permute(0, 2, 1, 3).flatten(2)
