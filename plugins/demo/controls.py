"""Clips in the model's place, without which a number means little.

A *control* is the same row with another clip: the input of an edit, silence, or the target itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from ...core.errors import RequestError
from ...core.metric import Measured

Control = Callable[[Measured], Measured]


def copy_of_input(clip: Measured) -> Measured:
    """Return the row with the input of the edit in the model's place.

    Raises:
        RequestError: if the row has no input.
    """
    if clip.source is None:
        raise RequestError(
            "The control 'copy the input' got a row without an input; use it for edits only."
        )
    return replace(clip, generated=clip.source)


def silence(clip: Measured) -> Measured:
    """Return the row with silence of the same length in the model's place."""
    samples = torch.zeros_like(clip.generated.samples)
    return replace(clip, generated=clip.generated.converted(samples, "replaced by silence"))


def real_rendering(clip: Measured) -> Measured:
    """Return the row with its target in the model's place: the most that can be reached.

    Raises:
        RequestError: if the row has no target.
    """
    if clip.reference is None:
        raise RequestError(
            "The control 'real rendering' got a row without a target; expected rows of a source "
            "that has one."
        )
    return replace(clip, generated=clip.reference)
