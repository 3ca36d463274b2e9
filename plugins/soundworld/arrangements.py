"""Which parts of a rendered scene are the source and the target of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from .plan import ScenePlan
from .render import Rendered, render
from .signals import Signal

if TYPE_CHECKING:
    from ...core.media.waveform import Waveform

Arrangement = Callable[[Rendered, int], Rendered]
"""(the rendered scene, number of the edited stem) → the same with its source and target."""

render_once = lru_cache(maxsize=4)(render)
"""`render`, remembering the last few scenes: source and target of a row share one rendering."""


def whole(scene: Rendered, _edited: int) -> Rendered:
    """Ask for all that sounds, from nothing."""
    return scene


def add(scene: Rendered, edited: int) -> Rendered:
    """Ask for the scene, from the scene without the stem."""
    return replace(scene, source=scene.mixture - scene.stems[edited])


def remove(scene: Rendered, edited: int) -> Rendered:
    """Ask for the scene without the stem, from the scene."""
    return replace(scene, source=scene.mixture, target=scene.mixture - scene.stems[edited])


def extract(scene: Rendered, edited: int) -> Rendered:
    """Ask for the stem alone, from the scene."""
    return replace(scene, source=scene.mixture, target=scene.stems[edited])


def swap(scene: Rendered, _edited: int) -> Rendered:
    """Ask for the melody in its second timbre, from the melody in its first."""
    return replace(scene, source=scene.mixture, target=scene.background + scene.stems[1])


def arranged(plan: ScenePlan, arrangement: Arrangement) -> Rendered:
    """Return the rendered scene of a plan with its source and target."""
    return arrangement(render_once(plan), plan.edited or 0)


def open_part(plan: ScenePlan, arrangement: Arrangement, part: str) -> Waveform:
    """Return the ``"source"`` or the ``"target"`` of a plan's scene."""
    return as_waveform(getattr(arranged(plan, arrangement), part), plan.rate)


def as_waveform(samples: Signal, rate: int) -> Waveform:
    """Return samples (N,) as a mono clip."""
    import torch

    from ...core.media.waveform import Waveform

    return Waveform(torch.from_numpy(samples.copy())[None], rate)
