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
from ..errors import ContractError, RequestError
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

    ``project_aligned`` is ours: the release has no aligned stream. `generation` takes a step of
    sampling at a lower cost than `forward`, which recomputes everything and is what trains.
    """

    project_aligned: nn.Linear | None

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
        self.project_aligned = (
            nn.Linear(width * patch, width, bias=False) if config.aligned else None
        )
        self.transformer = Transformer(latent_dim * patch, width, config.depth, config.heads)
        self.reset_parameters(torch.Generator().manual_seed(0))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw fresh weights from ``generator`` (a CPU generator)."""
        initialise(self, generator)

    @property
    def dtype(self) -> torch.dtype:
        """Return the type of the transformer's weights."""
        return self.transformer.project_in.weight.dtype

    def embed_time(self, t: Tensor) -> Tensor:
        """Return the time embedding τ (B, D) of t (B,) in [0, 1]."""
        features = self.timestep_features(t).to(self.to_timestep_embed[0].weight.dtype)
        embedded: Tensor = self.to_timestep_embed(features)
        return embedded

    def embed_conditioning(self, conditioning: Conditioning) -> EmbeddedConditioning:
        """Return the part of the computation that does not depend on x or t.

        `forward` accepts the result in place of the conditioning.

        Raises:
            ContractError: for aligned conditions where the config says that there are none.
        """
        c = conditioning
        self.check_conditioning(c)
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
        self.check_inputs(x, t, frame_mask)
        if isinstance(conditioning, Conditioning):
            conditioning = self.embed_conditioning(conditioning)
        time = self.embed_time(t)
        prefix = (
            time[:, None] if conditioning.prefix is None else conditioning.prefix + time[:, None]
        )
        latent = self.latent_tokens(x, frame_mask)
        if conditioning.aligned is not None:
            features = self.align(conditioning, frame_mask, x.shape[-1]) + time[:, None]
            latent = latent + self.aligned_tokens(features)
        mask = self.sequence_mask(prefix.shape[:2], conditioning.prefix_mask, frame_mask, latent)
        hidden = self.transformer(
            torch.cat((prefix, latent), dim=1),
            positions(mask, prefix.shape[1] + latent.shape[1], x.device),
            mask,
            conditioning.context,
            conditioning.context_mask,
        )
        return self.read_velocity(hidden[:, prefix.shape[1] :], x.shape[-1], frame_mask)

    def latent_tokens(self, x: Tensor, frame_mask: Tensor | None) -> Tensor:
        """Return (B, N, D). Invalid frames are zeroed, like the padding of an odd last token."""
        if frame_mask is not None:
            x = x * frame_mask[:, None].to(x.dtype)
        x = self._pad(x + self.preprocess_conv(x))
        tokens: Tensor = self.transformer.project_in(_fold(x, self.config.patch_frames))
        return tokens

    def align(
        self, conditioning: EmbeddedConditioning, frame_mask: Tensor | None, frames: int
    ) -> Tensor:
        """Return the aligned features on whole tokens' frames, (B, N · P, D), before the time.

        The weights of interpolation sum to one, so τ can be added afterwards.
        """
        assert conditioning.aligned is not None  # noqa: S101 - checked by the caller
        padded = frames + -frames % self.config.patch_frames
        counts = None if frame_mask is None else frame_mask.sum(dim=1)
        if counts is None and padded != frames:
            counts = torch.full(
                (len(conditioning.aligned),), frames, device=conditioning.aligned.device
            )
        return align_to_frames(conditioning.aligned, conditioning.aligned_counts, counts, padded)

    def aligned_tokens(self, features: Tensor) -> Tensor:
        """Return (B, N, D) from features (B, N · P, D), folded like the latent."""
        assert self.project_aligned is not None  # noqa: S101 - `check_conditioning` has seen to it
        # Frames of one token lie next to each other, so folding is a view: (B, N, P · D).
        folded = features.reshape(len(features), -1, self.project_aligned.in_features)
        tokens: Tensor = self.project_aligned(folded)
        return tokens

    def sequence_mask(
        self,
        prefix_shape: tuple[int, ...],
        prefix_mask: Tensor | None,
        frame_mask: Tensor | None,
        latent: Tensor,
    ) -> Tensor | None:
        """Return (B, T_pre + N) bool, or `None` when every token is valid.

        Args:
            prefix_shape: (B, T_pre).
            prefix_mask: (B, T_pre) bool or `None`.
            frame_mask: (B, T) bool or `None`.
            latent: (B, N, D) latent tokens.
        """
        if prefix_mask is None and frame_mask is None:
            return None
        if prefix_mask is None:
            prefix_mask = latent.new_ones(prefix_shape, dtype=torch.bool)
        if frame_mask is None:
            token_mask = latent.new_ones(latent.shape[:2], dtype=torch.bool)
        else:
            token_mask = self._pad(frame_mask).reshape(*latent.shape[:2], -1).any(dim=2)
        return torch.cat((prefix_mask, token_mask), dim=1)

    def _pad(self, frames: Tensor) -> Tensor:
        """Return (..., T) extended with zeros to whole tokens; `forward` crops them again."""
        missing = -frames.shape[-1] % self.config.patch_frames
        return functional.pad(frames, (0, missing)) if missing else frames

    def read_velocity(self, latent: Tensor, frames: int, frame_mask: Tensor | None) -> Tensor:
        """Return (B, C, T) from the last latent tokens (B, N, D); zero where masked."""
        y = _unfold(self.transformer.project_out(latent), self.config.patch_frames)[..., :frames]
        y = y + self.postprocess_conv(y)
        velocity: Tensor = y if frame_mask is None else y * frame_mask[:, None].to(y.dtype)
        return velocity

    def check_conditioning(self, conditioning: Conditioning) -> None:
        """Raise ContractError for aligned conditions where the config says there are none."""
        if conditioning.aligned is not None and self.project_aligned is None:
            raise ContractError(
                f"Got aligned conditions {tuple(conditioning.aligned.shape)} for a transformer "
                "without an aligned stream. Set `dit.aligned: true` in the model config, or route "
                "the conditioner to `axis: sequence`."
            )

    def check_inputs(self, x: Tensor, t: Tensor, frame_mask: Tensor | None) -> None:
        """Raise RequestError unless latents, times and frame mask fit the model and each other."""
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


def positions(mask: Tensor | None, length: int, device: torch.device) -> Tensor:
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
