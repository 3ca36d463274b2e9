"""Where a clip sounds: an energy gate that follows the clip's own loudest part."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ....core.config import Config
from .contract import Activity, Signal, Spans
from .pydub_rule import active_ms, to_pcm

SILENT_DBFS = -120.0
"""What is said of digital silence, whose level has no number."""
LOUDEST_WINDOW_S, LOUDEST_HOP_S = 0.25, 0.1


class EnergyConfig(Config):
    """Options of the activity gate `energy`; the defaults are those of SAM-Audio's own ranker."""

    sample_rate_hz: int = Field(default=24000, ge=8000, description="Rate to judge at.")
    window_ms: int = Field(default=250, gt=0, description="Shortest silence.")
    step_ms: int = Field(default=10, gt=0, description="From one window to the next.")
    below_loudest_db: float = Field(
        default=40.0, gt=0, description="How far under a clip's loudest 250 ms silence begins."
    )
    floor_dbfs: float = Field(
        default=-60.0, lt=0, description="Nothing below this level is ever active."
    )


class EnergyActivity(Activity):
    """Spans that are louder than a threshold, by pydub's exact rule (spec section 3.3)."""

    config = EnergyConfig
    options: EnergyConfig
    licence = "Apache-2.0 (this package), https://www.apache.org/licenses/LICENSE-2.0"

    def spans(self, samples: Signal, sample_rate_hz: int) -> Spans:
        """Return where (N,) samples are not silent, rising, in seconds."""
        own = self.options
        copy = resampled(samples, sample_rate_hz, own.sample_rate_hz)
        loudest = loudest_dbfs(copy, own.sample_rate_hz)
        found = active_ms(
            to_pcm(copy),
            own.sample_rate_hz,
            window_ms=own.window_ms,
            threshold_dbfs=max(loudest - own.below_loudest_db, own.floor_dbfs),
            step_ms=own.step_ms,
        )
        end_s = len(samples) / sample_rate_hz
        return tuple((start / 1000, min(end / 1000, end_s)) for start, end in found)


def loudest_dbfs(samples: Signal, sample_rate_hz: int) -> float:
    """Return the rms of a clip's loudest 250 ms, in dBFS; a window begins every 100 ms.

    A shorter clip is one window; digital silence has `SILENT_DBFS`.
    """
    window = min(round(LOUDEST_WINDOW_S * sample_rate_hz), len(samples))
    if not window:
        return SILENT_DBFS
    hop = round(LOUDEST_HOP_S * sample_rate_hz)
    sums = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    begin = np.append(np.arange(0, len(samples) - window, hop), len(samples) - window)
    power = float(((sums[begin + window] - sums[begin]) / window).max())
    return max(10 * float(np.log10(max(power, 1e-30))), SILENT_DBFS)


def resampled(samples: Signal, old_hz: int, new_hz: int) -> Signal:
    """Return (M,) float32 samples at another rate, band-limited."""
    if old_hz == new_hz:
        return samples
    import torch

    from ....core.media.audio import Waveform, resample

    tensor = torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None]
    return resample(Waveform(tensor, old_hz), new_hz).samples[0].numpy()
