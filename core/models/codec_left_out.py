"""In place of a codec that a run does not need: its sizes, and its weights for checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from safetensors.torch import load_file
from torch import Tensor

from ..codec import Codec
from ..errors import ConfigError


class CodecLeftOut(Codec):
    """Knows what a codec's latents look like, and makes none.

    Its state is what a checkpoint has to hold to generate later. It lies in a file that is mapped
    into memory to be copied, and not kept there.
    """

    def __init__(
        self, *, sample_rate_hz: int, channels: int, hop: int, latent_dim: int, file: Path | None
    ) -> None:
        """Keep the sizes.

        Args:
            sample_rate_hz: as of the codec, like the others.
            channels: of waveforms.
            hop: samples per frame.
            latent_dim: channels of the latent.
            file: safetensors with the codec's state; `None` for a codec without weights.
        """
        super().__init__()
        self.sample_rate_hz = sample_rate_hz
        self.channels = channels
        self.hop = hop
        self.latent_dim = latent_dim
        self.file = file

    def encode(self, waveform: Tensor) -> Tensor:
        """Raise ConfigError."""
        _refuse()

    def decode(self, latent: Tensor) -> Tensor:
        """Raise ConfigError."""
        _refuse()

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", **_: Any) -> Any:
        """Return the codec's state, as tensors on the CPU."""
        found: dict[str, Tensor] = {} if destination is None else destination
        if self.file is not None:
            found |= {f"{prefix}{name}": tensor for name, tensor in load_file(self.file).items()}
        return found


def _refuse() -> NoReturn:
    raise ConfigError(
        "This run learns from encoded rows and has left its codec out, so that it can neither "
        "encode nor decode. Generate with a checkpoint of the run, or let the run evaluate "
        "(evaluation.every, evaluation.samples_per_task), which loads the codec."
    )
