"""Blanking most of a voice's mel, so that a model speaks from the transcript.

Shapes: B batch, F frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...core.errors import ContractError


@dataclass(frozen=True)
class SpeechMasks:
    """What was drawn for a batch.

    Attributes:
        ratios: (B,) float32, part of the frames to blank; drawn for every item, voice or not.
        frames: (B, F) bool, true where a frame is blanked: one run per voice, none elsewhere.
    """

    ratios: Tensor
    frames: Tensor


def draw_masks(
    voices: Sequence[bool],
    frames: int,
    parts: tuple[float, float],
    generators: Sequence[torch.Generator] | None,
) -> SpeechMasks:
    """Draw one contiguous run of frames for each voice of a batch.

    The order of draws is the published model's: first a ratio for each item, then the start of
    each voice's run. With one generator for all items it gives the published model's numbers;
    with one each, an item does not depend on its neighbours.

    Args:
        voices: which items are voices.
        frames: length of the window, F.
        parts: least and greatest part of the window to blank, within 0 … 1.
        generators: one for each item.

    Raises:
        ContractError: without a generator for each item.
    """
    given = one_each(generators, len(voices), "speech_mask")
    low, high = parts
    drawn = [torch.rand(1, generator=g, device=g.device).cpu() for g in given]
    ratios = torch.cat(drawn) * (high - low) + low if drawn else torch.zeros(0)
    lengths = (ratios * frames).long().tolist()
    masked = torch.zeros(len(voices), frames, dtype=torch.bool)
    for item, (voice, length) in enumerate(zip(voices, lengths, strict=True)):
        if voice:
            generator = given[item]
            start = torch.randint(
                0, frames - length + 1, (1,), generator=generator, device=generator.device
            )
            masked[item, int(start) : int(start) + length] = True
    return SpeechMasks(ratios, masked)


def one_each(
    generators: Sequence[torch.Generator] | None, items: int, option: str
) -> Sequence[torch.Generator]:
    """Return the generators of a batch.

    Raises:
        ContractError: without one for each item; names the option that asks for draws.
    """
    if generators is None or len(generators) != items:
        raise ContractError(
            f"Drawing masks of speech for {items} items got "
            f"{'no generators' if generators is None else f'{len(generators)} generators'}; "
            f"expected one for each item. Hand `generators` on, or set `{option}` to null in the "
            "conditioner's options."
        )
    return generators
