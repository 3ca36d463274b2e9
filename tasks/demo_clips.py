"""What demo requests are about: computed, so that they need no files."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch

from ..core.media.video_file import VideoClip
from ..core.media.waveform import Waveform

RATE_HZ = 16000


def demo_clip(seconds: float = 1.0) -> Waveform:
    """Return a quiet hum with a beep every half a second, mono at 16 kHz."""
    t = torch.arange(round(seconds * RATE_HZ)) / RATE_HZ
    beeps = ((t % 0.5) < 0.1).float() * torch.sin(2 * math.pi * 880 * t)
    return Waveform((0.05 * torch.sin(2 * math.pi * 110 * t) + 0.3 * beeps)[None], RATE_HZ)


@lru_cache(maxsize=1)
def demo_video() -> VideoClip:
    """Return one second of a bar that crosses the picture, 64 × 48 pixels at 25 per second."""
    pixels = np.zeros((25, 48, 64, 3), np.uint8)
    for frame in range(25):
        pixels[frame, :, 2 * frame : 2 * frame + 8] = 255
    return VideoClip.of_frames(pixels, 25.0)
