"""The contract of a conditioner, and the routing of conditions to the transformer.

Shapes: B batch, T tokens, D width, T_ctx context tokens, T_pre prefix tokens.
Masks are boolean; true means valid. Padding is never attended.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from .config import NoOptions
from .costs import ConditionerCost, ExampleShape
from .data.content import weights_digest
from .errors import ContractError
from .hidden import HiddenFrames, check_hidden
from .models.alignment import align_to_frames
from .specs import ConcatAxis, Injection

PayloadT = TypeVar("PayloadT")


@dataclass(frozen=True)
class Condition:
    """What a conditioner says about a batch.

    Attributes:
        tokens: (B, T, D) floating point.
        mask: (B, T) bool, true where valid; at least one valid token per item.
        hidden: what was drawn in training to be hidden of each item, `None` for an item of which
            nothing was to be; `None` for all from a conditioner that never hides by chance, and
            outside of training.
    """

    tokens: Tensor
    mask: Tensor
    hidden: tuple[HiddenFrames | None, ...] | None = None


class Conditioner(nn.Module, abc.ABC, Generic[PayloadT]):
    """Turns payloads of one slot into tokens, in three stages that differ in cost.

    1. `prepare` runs in the data workers, one payload at a time: tokenise, mel, frames.
    2. `encode_frozen` runs a frozen network over a batch, without gradients; its results depend
       on nothing but the payload, so they can be cached. The default passes `prepare`'s through.
    3. `forward` is the trainable part.

    `None` means that the slot is empty: stages 1 and 2 are skipped for it, and `forward` gives
    the null condition, a learned one, never zeros that pretend to be data. Behaviour that belongs
    to training only asks ``self.training``, nothing else.

    Class attribute ``config_model`` is the pydantic model of the options; the constructor takes
    an instance of it and the token width that the model expects. Class attribute ``draws`` says
    that `forward` takes a keyword ``generators``, one `torch.Generator` for each item or `None`,
    because it draws random numbers; it must not draw from anything else. Class attribute or
    property ``calibrates`` says that it wants `calibrate` called. Class attribute or property
    ``hides`` says that in training it draws what to hide of some payloads, and tells so in
    `Condition.hidden`: a recipe with ``train.loss_on: masked`` then learns those parts alone.
    """

    config_model: ClassVar[type[BaseModel]] = NoOptions
    draws: ClassVar[bool] = False
    calibrates: bool = False
    hides: bool = False

    def __init__(self, config: BaseModel, width: int) -> None:
        """Keep the options and the width D of the tokens to return."""
        super().__init__()
        self.config = config
        self.width = width

    @property
    def window_seconds(self) -> float | None:
        """Return the longest clip that `prepare` accepts, in seconds; `None`: any length."""
        return None

    def prepare(self, payload: PayloadT) -> Any:
        """Return what the later stages need, as tensors on the CPU; a pure function.

        `None` says that the payload holds nothing for this conditioner: its slot counts as empty.
        """
        return payload

    def conversions(self, payload: PayloadT) -> tuple[str, ...]:
        """Return what `prepare` does to the payload's media, in words, for the result's record."""
        return ()

    def encode_frozen(self, prepared: Sequence[Any]) -> list[Any]:
        """Return one feature per prepared payload, computed by frozen weights only.

        Called without gradients and never with `None` in the list; may be skipped for payloads
        whose features are cached. Item i must not depend on its neighbours in the batch.
        """
        return list(prepared)

    def frozen_networks(self) -> Mapping[str, nn.Module]:
        """Return networks that are never trained and are no part of ``parameters()``, by name."""
        return {}

    def frozen_digest(self) -> str | None:
        """Return what identifies the frozen weights; features are cached by it and the options.

        `None` says that there is nothing to keep: no frozen network, or one that training moves
        or differentiates through. A subclass overrides this if that hangs on its options.
        """
        networks = self.frozen_networks()
        trained = any(p.requires_grad for n in networks.values() for p in n.parameters())
        return weights_digest(networks) if networks and not trained else None

    def cost(self, example: ExampleShape) -> ConditionerCost | None:
        """Return what an example costs, for plans; also without weights (on the meta device).

        `None` says that it is not known: a plan then counts one token and says so.
        """
        return None

    def calibrate(self, features: Sequence[Any]) -> None:
        """Measure frozen features, for example to scale them; what is kept belongs in buffers.

        Called once, before the first step of a new run, with features of some hundred rows of
        its mixture (`None` left out); never on a resume, since buffers come with the weights.
        """

    @abc.abstractmethod
    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return the condition of a batch; `None` entries get the null condition."""


@dataclass(frozen=True)
class Conditioning:
    """All conditions of a batch, routed: what the transformer reads.

    Attributes:
        context: (B, T_ctx, D) tokens for cross-attention, or `None`.
        context_mask: (B, T_ctx) bool.
        prefix: (B, T_pre, D) low-level tokens to prepend, or `None`.
        prefix_mask: (B, T_pre) bool.
        aligned: (B, T_al, D) low-level tokens to interpolate onto the latent's frames, or `None`.
        aligned_mask: (B, T_al) bool; the valid tokens come first.
        hidden: `Condition.hidden` of each conditioner that told of it, for the loss; the
            transformer does not read it.
    """

    context: Tensor | None = None
    context_mask: Tensor | None = None
    prefix: Tensor | None = None
    prefix_mask: Tensor | None = None
    aligned: Tensor | None = None
    aligned_mask: Tensor | None = None
    hidden: tuple[tuple[HiddenFrames | None, ...], ...] = ()

    def drop_context(self, keep: Tensor) -> Conditioning:
        """Return a copy whose context is zero where ``keep`` (B,) bool is false.

        No bias lies between the context and the values of cross-attention, so a zero context
        contributes exactly nothing: this is the unconditional branch of guidance.
        """
        if self.context is None:
            return self
        return replace(self, context=self.context * keep.to(self.context.dtype)[:, None, None])

    def without_context(self) -> Conditioning:
        """Return a copy that carries the low-level stream only (same result as a zero context)."""
        return replace(self, context=None, context_mask=None)


@dataclass(frozen=True)
class Route:
    """How one conditioner's tokens enter, after the recipe's overrides."""

    injection: Injection
    axis: ConcatAxis = ConcatAxis.SEQUENCE


def check_condition(name: str, origin: str, condition: Condition, batch: int, width: int) -> None:
    """Raise ContractError unless a condition has the declared batch size, width and mask."""
    who = f"Conditioner '{name}' ({origin})"
    if not isinstance(condition, Condition):
        raise ContractError(
            f"{who} returned a {type(condition).__name__}; expected a Condition of tokens and mask."
        )
    tokens, mask = condition.tokens, condition.mask
    if not tokens.is_floating_point():
        raise ContractError(
            f"{who} returned tokens of {tokens.dtype}; expected floating point. Embed them in "
            "forward()."
        )
    if tokens.ndim != 3 or tokens.shape[0] != batch or tokens.shape[2] != width:
        raise ContractError(
            f"{who} returned tokens {tuple(tokens.shape)}; expected ({batch}, T, {width}), "
            f"where {width} is the model's condition width. Project to `self.width` in forward()."
        )
    if mask.dtype != torch.bool or mask.shape != tokens.shape[:2]:
        raise ContractError(
            f"{who} returned a mask {tuple(mask.shape)} of {mask.dtype}; expected "
            f"{tuple(tokens.shape[:2])} of torch.bool, true where a token is valid."
        )
    if not bool(mask.any(dim=1).all()):
        raise ContractError(
            f"{who} returned an item without a valid token; an absent payload needs a null "
            "condition of at least one token."
        )
    check_hidden(who, condition.hidden, batch)


def route_conditions(routed: Sequence[tuple[Route, Condition]]) -> Conditioning:
    """Join conditions, stream by stream, in the given order.

    Context and prefix are concatenated along time. Aligned conditions all cover the whole clip,
    each at a frame rate of its own: they are interpolated to the finest one and added. As every
    conditioner ends in a projection of its own, that is one projection of their joined channels.

    Source: Audio-Omni, section 4.2, eq. 3 (context) and eq. 4 (concatenation).
    """
    context = [c for r, c in routed if r.injection is Injection.CONTEXT]
    low_level = [(r, c) for r, c in routed if r.injection is Injection.CONCAT]
    prefix = [c for r, c in low_level if r.axis is ConcatAxis.SEQUENCE]
    aligned = [c for r, c in low_level if r.axis is ConcatAxis.CHANNEL]
    hidden = tuple(c.hidden for _, c in routed if c.hidden is not None)
    return Conditioning(*_join(context), *_join(prefix), *_add(aligned), hidden)


def _add(conditions: Sequence[Condition]) -> tuple[Tensor | None, Tensor | None]:
    """Return the sum (B, T_al, D) of aligned conditions, on the finest frames of each item."""
    if len(conditions) < 2:
        return _join(conditions)
    counts = torch.stack([c.mask.sum(dim=1) for c in conditions])
    finest = counts.amax(dim=0)
    frames = int(finest.max())
    spread = [
        align_to_frames(c.tokens, count, finest, frames)
        for c, count in zip(conditions, counts, strict=True)
    ]
    mask = torch.arange(frames, device=finest.device) < finest[:, None]
    return torch.stack(spread).sum(dim=0), mask


def _join(conditions: Sequence[Condition]) -> tuple[Tensor | None, Tensor | None]:
    if not conditions:
        return None, None
    return (
        torch.cat([c.tokens for c in conditions], dim=1),
        torch.cat([c.mask for c in conditions], dim=1),
    )
