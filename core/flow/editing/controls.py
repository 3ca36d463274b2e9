"""Editors that edit nothing: what any method must be better than, and what none can be."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .editor import Editor, FlowHandle


@dataclass(frozen=True)
class Copy(Editor):
    """Gives the recording back, sample by sample."""

    name = "copy"

    def edit(self, flow: FlowHandle) -> list[Tensor]:
        """Return the recordings (C, N_i)."""
        return list(flow.clips)


@dataclass(frozen=True)
class Silence(Editor):
    """Gives silence, as long as the recording."""

    name = "silence"

    def edit(self, flow: FlowHandle) -> list[Tensor]:
        """Return zeros (C, N_i)."""
        return [torch.zeros_like(clip) for clip in flow.clips]


@dataclass(frozen=True)
class ThroughCodec(Editor):
    """Gives the recording as it comes out of the codec: what every model loses of it.

    Of the exact answer of an edit this is the ceiling (``oracle``).
    """

    name: str = "codec"

    def edit(self, flow: FlowHandle) -> list[Tensor]:
        """Return the recordings (C, N_i), encoded and decoded."""
        return flow.decode(flow.encode())
