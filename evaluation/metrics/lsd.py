"""Log-spectral distance, ``lsd.v1``, or another tool's on request.

Shapes: N samples, F frequency bins, T frames.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ...core.media.waveform import Waveform
from ...core.metric import Measured, Metric
from ...core.metric_result import MetricResult
from .config import (
    LSD_V1,
    LsdBelow11kConfig,
    LsdConfig,
    LsdFloor80Config,
    LsdFloor120Config,
    LsdInsideConfig,
    LsdOutsideConfig,
)
from .lsd_peers import PEERS, peer_lsd
from .pairing import RESAMPLER, Pair, pair, select_frames
from .spectral import power_spectrum

N_FFT = 2048
HOP = 512
_FACTOR = {"log10": 1.0, "decibel": 10.0, "natural": math.log(10.0)}
_UNIT = {"log10": "log10", "decibel": "dB", "natural": "ln"}


def lsd_per_frame(
    generated: Tensor,
    reference: Tensor,
    *,
    floor_dbfs: float = -100.0,
    bins: int | None = None,
) -> Tensor:
    """Return the root-mean-square log10 power ratio of each frame, (T,), of signals (N,).

    Args:
        generated: (N,) float64.
        reference: (N,) float64.
        floor_dbfs: power added to both, relative to a full-scale sine.
        bins: lowest bins to measure; all when left out.
    """
    estimate, target = _power(generated), _power(reference)
    return _distances(estimate[:bins], target[:bins], floor_dbfs)


def _power(samples: Tensor) -> Tensor:
    return power_spectrum("lsd", samples, n_fft=N_FFT, hop=HOP)


def _distances(estimate: Tensor, target: Tensor, floor_dbfs: float) -> Tensor:
    """Return (T,) of powers (F, T)."""
    floor = 10.0 ** (floor_dbfs / 10.0)
    return torch.log10((target + floor) / (estimate + floor)).square().mean(dim=0).sqrt()


class Lsd(Metric):
    """Root mean square over bins of the log power ratio, mean over frames, mean over clips.

    No alignment, no gain, no removal of the mean. Clips of another rate are resampled to
    44.1 kHz, where bins above their own Nyquist frequency agree and count as 0; set
    ``band_limit_hz`` to leave them out.
    """

    name = "lsd"
    unit = "log10"
    direction = "lower"
    config_model = LsdConfig
    config: LsdConfig
    _last: tuple[Waveform | None, int, Tensor] | None = None
    """The reference measured last, its length, and its power: several outputs are of one pair."""

    def score(self, clip: Measured) -> float:
        """Return the distance of one clip from its reference."""
        options = self.config
        both = pair(self.name, clip, hop=HOP, sample_rate_hz=options.sample_rate_hz)
        if options.definition != LSD_V1:
            return peer_lsd(options.definition, both.generated, both.reference, both.sample_rate_hz)
        bins = None
        if options.band_limit_hz is not None:
            bins = int(options.band_limit_hz * N_FFT / both.sample_rate_hz) + 1
        estimate, target = _power(both.generated), self._target(clip, both)
        frames = _distances(estimate[:bins], target[:bins], options.floor_dbfs)
        chosen = select_frames(
            self.name,
            clip,
            options.region,
            frames=frames.numel(),
            hop=HOP,
            rate_hz=both.sample_rate_hz,
        )
        return float(frames[chosen].mean()) * _FACTOR[options.unit]

    def _target(self, clip: Measured, both: Pair) -> Tensor:
        """Return the power (F, T) of the reference, kept while the next clip has the same one."""
        length = both.reference.numel()
        if self._last is None or self._last[0] is not clip.reference or self._last[1] != length:
            self._last = (clip.reference, length, _power(both.reference))
        return self._last[2]

    def compute(self) -> MetricResult:
        """Return the mean over clips, in the unit of the options."""
        peer = PEERS.get(self.config.definition)
        unit = _UNIT[self.config.unit] if peer is None else peer.unit
        return super().compute().model_copy(update={"unit": unit})

    def fingerprint(self) -> dict[str, Any]:
        """Return the options, the transform and the resampler."""
        own = self.config.definition == LSD_V1
        return {
            **super().fingerprint(),
            "definition": self.config.definition,
            "transform": f"Hann {N_FFT}, hop {HOP}, centred, reflected, float64" if own else None,
            "resampler": RESAMPLER if self.config.sample_rate_hz else None,
        }


class LsdInside(Lsd):
    """`Lsd` over frames whose centre lies in an edited span."""

    name = "lsd_inside"
    config_model = LsdInsideConfig


class LsdOutside(Lsd):
    """`Lsd` over frames whose centre lies in no edited span."""

    name = "lsd_outside"
    config_model = LsdOutsideConfig


class LsdFloor80(Lsd):
    """`Lsd` with a floor of -80 dBFS: faint remains hardly count."""

    name = "lsd_floor_80"
    config_model = LsdFloor80Config


class LsdFloor120(Lsd):
    """`Lsd` with a floor of -120 dBFS: faint remains count for much."""

    name = "lsd_floor_120"
    config_model = LsdFloor120Config


class LsdBelow11k(Lsd):
    """`Lsd` of what lies below 11 kHz, for systems that make nothing above, such as at 24 kHz."""

    name = "lsd_below_11k"
    config_model = LsdBelow11kConfig
