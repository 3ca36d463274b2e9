"""CNN14: what 527 kinds of sound are in a clip. Shapes: B batch, C channels, N samples, T frames.

F is the number of mel bands that a block still tells apart. Names of weights are those of the
published checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import skip_init

from ...core.errors import MediaError
from ...core.training.checkpoint_files import check_tensors
from .cnn14_front_end import FRONT_ENDS, MELS, PREFIXES, LogMelPower, check_front_end

Rate = Literal["16k", "32k"]

CHANNELS = (64, 128, 256, 512, 1024, 2048)
EMBEDDING, CLASSES = 2048, 527
SHORTEST_FRAMES = 32
"""Five poolings by two leave one frame of 32."""

COUNTER = "num_batches_tracked"
"""Counts training batches; some copies of the checkpoint lack it, and nothing here needs it."""


class Tagged(NamedTuple):
    """What CNN14 says of clips.

    Attributes:
        embedding: (B, 2048), not negative: FD compares it.
        logits: (B, 527) before the sigmoid: KL and the inception score read it.
    """

    embedding: Tensor
    logits: Tensor


class Cnn14(nn.Module):
    """Six blocks of convolutions on a log-mel spectrogram, then the loudest and the mean moment.

    It exists with weights only: a score of a network that learned nothing would look like any
    other. Both rates are networks of their own, trained apart.

    Source: Kong et al. 2020, "PANNs: Large-Scale Pretrained Audio Neural Networks for Audio
    Pattern Recognition", tables I and IV.
    """

    def __init__(
        self,
        rate: Rate,
        weights: Mapping[str, Tensor],
        *,
        dtype: torch.dtype = torch.float32,
        where: str = "CNN14's weights",
    ) -> None:
        """Take over the weights; what counts training batches may be left out.

        Args:
            rate: which of the two networks.
            weights: by the names of the published checkpoint; its front end is checked if stored.
            dtype: float32, or float64 to check the network against exact numbers.
            where: what the weights are, for messages.

        Raises:
            CheckpointError: if a weight is missing, unexpected or misshapen, or the stored front
                end is another.
        """
        super().__init__()
        self.front_end = FRONT_ENDS[rate]
        self.log_mel = LogMelPower(self.front_end)
        self._build()
        self._take(weights, where)
        self.dtype = dtype
        self.to(dtype).eval().requires_grad_(False)

    @classmethod
    def shapes(cls) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight that is learned, which both networks share."""
        bare = cls.__new__(cls)
        nn.Module.__init__(bare)
        bare._build()
        return {name: tuple(tensor.shape) for name, tensor in learned(bare.state_dict()).items()}

    def _build(self) -> None:
        self.bn0 = nn.BatchNorm2d(MELS)
        for index, (inner, outer) in enumerate(zip((1, *CHANNELS), CHANNELS, strict=False), 1):
            self.add_module(f"conv_block{index}", ConvBlock(inner, outer))
        self.fc1 = skip_init(nn.Linear, CHANNELS[-1], EMBEDDING)
        self.fc_audioset = skip_init(nn.Linear, EMBEDDING, CLASSES)

    @property
    def shortest_samples(self) -> int:
        """Return the fewest samples that leave a frame: 4960 at 16 kHz, 9920 at 32 kHz."""
        return (SHORTEST_FRAMES - 1) * self.front_end.hop

    @torch.no_grad()
    def forward(self, waveforms: Tensor) -> Tagged:
        """Return embedding and logits of clips (B, N) of one length, nominally within -1…1.

        Raises:
            MediaError: if the clips are shorter than `shortest_samples`.
        """
        if waveforms.shape[-1] < self.shortest_samples:
            raise MediaError(
                f"CNN14 got clips of {waveforms.shape[-1]} samples; expected at least "
                f"{self.shortest_samples} at {self.front_end.sample_rate_hz} Hz "
                f"({self.shortest_samples / self.front_end.sample_rate_hz:.2f} s), of which its "
                "poolings leave one moment. Pad the clips, or measure longer ones."
            )
        log_mel = self.log_mel(waveforms.to(self.dtype))
        x = self.bn0(log_mel[:, None].transpose(1, 3)).transpose(1, 3)
        for index in range(1, len(CHANNELS) + 1):
            x = self.get_submodule(f"conv_block{index}")(x)
            if index < len(CHANNELS):
                x = functional.avg_pool2d(x, 2)
        over_time = x.mean(dim=3)
        pooled = over_time.amax(dim=2) + over_time.mean(dim=2)
        embedding = self.fc1(pooled).relu()
        return Tagged(embedding, self.fc_audioset(embedding))

    def _take(self, weights: Mapping[str, Tensor], where: str) -> None:
        check_front_end(weights, self.front_end, where)
        own, given = learned(self.state_dict()), learned(weights)
        check_tensors(given, own, where, f"Expected the {self.front_end.sample_rate_hz} Hz CNN14.")
        self.load_state_dict(given, strict=False, assign=True)


def learned(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights without the front end, which is computed, and without counters."""
    return {
        name: tensor
        for name, tensor in weights.items()
        if not name.startswith(PREFIXES) and not name.endswith(COUNTER)
    }


class ConvBlock(nn.Module):
    """Two convolutions of 3 × 3, each with batch norm and ReLU: (B, C, T, F) to wider ones."""

    def __init__(self, inner: int, outer: int) -> None:
        """Build the layers; their weights are not set."""
        super().__init__()
        self.conv1 = skip_init(nn.Conv2d, inner, outer, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = skip_init(nn.Conv2d, outer, outer, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outer, T, F) of (B, inner, T, F)."""
        x = self.bn1(self.conv1(x)).relu()
        return self.bn2(self.conv2(x)).relu()
