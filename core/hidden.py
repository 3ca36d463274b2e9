"""What a conditioner hid of an item by chance: the contract between it and the loss.

Shapes: F frames of a conditioner.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .errors import ContractError


@dataclass(frozen=True)
class HiddenFrames:
    """Which frames of what an item should become were drawn to be hidden from the model.

    Frame f covers samples ``f · hop`` to ``(f + 1) · hop`` of the item's target, counted at
    ``sample_rate_hz``.

    Attributes:
        frames: (F,) bool, true where hidden; at least one frame.
        sample_rate_hz: rate that ``hop`` is counted at, in hertz.
        hop: samples from one frame to the next.
    """

    frames: Tensor
    sample_rate_hz: int
    hop: int


def check_hidden(who: str, hidden: object, batch: int) -> None:
    """Raise ContractError unless `Condition.hidden` is as declared.

    Args:
        who: names the conditioner and its plugin.
        hidden: what it told.
        batch: items of the batch.
    """
    if hidden is None:
        return
    if not isinstance(hidden, tuple) or len(hidden) != batch:
        length = f" of {len(hidden)}" if isinstance(hidden, tuple | list) else ""
        raise ContractError(
            f"{who} told what it hid as a {type(hidden).__name__}{length}; expected a tuple of "
            f"{batch}, HiddenFrames or None for each item."
        )
    for number, own in enumerate(hidden):
        if own is not None:
            _check_item(f"{who} told of item {number}", own)


def _check_item(what: str, own: object) -> None:
    if not isinstance(own, HiddenFrames):
        raise ContractError(
            f"{what} a {type(own).__name__}; expected HiddenFrames, or None where nothing was "
            "drawn."
        )
    frames = own.frames
    if frames.dtype != torch.bool or frames.ndim != 1 or not len(frames):
        raise ContractError(
            f"{what} frames {tuple(frames.shape)} of {frames.dtype}; expected (F,) of torch.bool, "
            "true where a frame is hidden."
        )
    if own.hop < 1 or own.sample_rate_hz < 1:
        raise ContractError(
            f"{what} a hop of {own.hop} samples at {own.sample_rate_hz} Hz; expected both above 0."
        )
