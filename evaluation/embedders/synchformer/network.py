"""Synchformer as one network: both branches, two projections, and what compares them.

Shapes: S segments of a clip, F features of a segment (8 of what is seen, 6 of what is heard), D
width, K = 21 offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ....core.errors import CheckpointError
from ....core.models.synchformer.extractor import Extractor, ExtractorSizes
from ....core.models.synchformer.segments import FEATURES_PER_SEGMENT
from ....core.training.checkpoint_files import check_tensors
from ...statistics.sync import WINDOW_SEGMENTS, windows_of
from .audio_branch import AudioBranch, AudioSizes
from .comparison import OffsetTransformer

VIDEO_BRANCH, HEAD = "vfeat_extractor.", "transformer.off_head.weight"
ADVICE = "Expected the whole Synchformer, model 24-01-04T16-39-21."


@dataclass(frozen=True)
class SynchformerSizes:
    """Sizes of the network; the defaults are those of the published model 24-01-04T16-39-21.

    Attributes:
        video: of the branch that sees.
        audio: of the branch that hears.
        width: of the transformer over both.
        depth: its blocks.
        heads: its attention heads, a divisor of ``width``.
    """

    video: ExtractorSizes = field(default_factory=ExtractorSizes)
    audio: AudioSizes = field(default_factory=AudioSizes)
    width: int = 768
    depth: int = 3
    heads: int = 8

    @property
    def tokens(self) -> int:
        """Return the tokens that a window has: 198 in the published network."""
        return 2 + WINDOW_SEGMENTS * (FEATURES_PER_SEGMENT + self.audio.moments)


class Synchformer(nn.Module):
    """Says by how much sound is early or late, as one of 21 offsets from −2 to 2 s.

    It exists with weights only: a score of a network that learned nothing would look like any
    other.

    Source: Iashin et al. 2024, "Synchformer: Efficient Synchronization from Sparse Cues".
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        sizes: SynchformerSizes | None = None,
        *,
        dtype: torch.dtype = torch.float32,
        where: str = "Synchformer's weights",
    ) -> None:
        """Take over the weights.

        Args:
            weights: by the names of the published file.
            sizes: of the network; left out, the published ones.
            dtype: float32, or float64 to check its arithmetic.
            where: what the weights are, for messages.

        Raises:
            CheckpointError: if a weight is missing, unexpected or misshapen.
        """
        super().__init__()
        self.sizes = sizes or SynchformerSizes()
        with torch.device("meta"):
            self._build(self.sizes)
        _refuse_part(weights, where)
        check_tensors(weights, self.state_dict(), where, ADVICE)
        self.load_state_dict({name: t.to(dtype) for name, t in weights.items()}, assign=True)
        self.eval().requires_grad_(False)

    @classmethod
    def shapes(cls, sizes: SynchformerSizes | None = None) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight."""
        bare = cls.__new__(cls)
        nn.Module.__init__(bare)
        with torch.device("meta"):
            bare._build(sizes or SynchformerSizes())
        return {name: tuple(tensor.shape) for name, tensor in bare.state_dict().items()}

    def _build(self, sizes: SynchformerSizes) -> None:
        self.vfeat_extractor = Extractor(sizes.video)
        self.afeat_extractor = AudioBranch(sizes.audio)
        self.vproj = nn.Linear(sizes.video.width, sizes.width)
        self.aproj = nn.Linear(sizes.audio.width, sizes.width)
        self.transformer = OffsetTransformer(
            sizes.width, sizes.depth, sizes.heads, tokens=sizes.tokens
        )

    @torch.no_grad()
    def compare(self, video: Tensor, audio: Tensor) -> Tensor:
        """Return the logits (2, K) of the first and the last 14 segments that both have.

        Args:
            video: features (S_v · 8, D_v) of what is seen, by segment, then time.
            audio: features (S_a · 6, D_a) of what is heard, likewise.

        Raises:
            DataError: if one of them has fewer than 14 segments.
        """
        seen = video.unflatten(0, (-1, FEATURES_PER_SEGMENT))
        heard = audio.unflatten(0, (-1, self.sizes.audio.moments))
        windows = windows_of(min(len(seen), len(heard)))
        return self.transformer(
            self.vproj(torch.stack([seen[window].flatten(0, 1) for window in windows])),
            self.aproj(torch.stack([heard[window].flatten(0, 1) for window in windows])),
        )


def _refuse_part(weights: Mapping[str, Tensor], where: str) -> None:
    if HEAD not in weights and any(name.startswith(VIDEO_BRANCH) for name in weights):
        raise CheckpointError(
            f"{where} has no '{HEAD}': it holds a part of Synchformer, or another network on top "
            f"of its branches. {ADVICE}"
        )
