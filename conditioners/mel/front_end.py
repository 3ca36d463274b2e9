"""What turns a clip into mel frames, for both mel conditioners."""

from __future__ import annotations

import torch

from ...core.media.mel import LogMel
from .config import FrontEndConfig


def build_front_end(config: FrontEndConfig) -> tuple[LogMel]:
    """Return the front end of a config, alone in a tuple, which keeps it out of `.to(device)`.

    Prepare runs on the CPU, in workers, also for a model that is built on the meta device.
    """
    with torch.device("cpu"):
        return (
            LogMel(
                sample_rate_hz=config.sample_rate_hz,
                fft_size=config.fft_size,
                hop=config.hop,
                mels=config.mels,
            ),
        )
