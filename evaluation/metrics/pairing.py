"""A generated clip and its reference, made comparable; which frames an edit covers.

Shapes: C channels, N samples, T frames, S spans.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.errors import RequestError, UndefinedError
from ...core.media.waveform import Waveform
from ...core.metric import Measured
from .config import Region

logger = logging.getLogger(__name__)

RESAMPLER = "torchaudio sinc_interp_hann, width 6, rolloff 0.99, float64"


@dataclass(frozen=True)
class Pair:
    """Two mono clips of one rate and length.

    Attributes:
        generated: (N,) float64.
        reference: (N,) float64.
        sample_rate_hz: of both, after resampling.
        source_rate_hz: of both, before resampling.
    """

    generated: Tensor
    reference: Tensor
    sample_rate_hz: int
    source_rate_hz: int


def pair(metric: str, clip: Measured, *, hop: int, sample_rate_hz: int | None) -> Pair:
    """Return generated clip and reference as mono signals of one rate and length.

    Both are mixed down by the mean and resampled in the same way. Lengths may differ by one hop
    of the rate measured at: the longer is cut, and the cut is logged.

    Raises:
        RequestError: if there is no reference, or rates, lengths or samples do not fit.
    """
    if clip.reference is None:
        raise RequestError(
            f"Metric '{metric}' compares with a reference, and the clip has none. Measure rows "
            "that have a target, or choose a metric that needs none."
        )
    rate = clip.reference.sample_rate_hz
    if clip.generated.sample_rate_hz != rate:
        raise RequestError(
            f"Metric '{metric}' got a clip at {clip.generated.sample_rate_hz} Hz and its reference "
            f"at {rate} Hz; expected one rate. Resample the reference to the model's rate first."
        )
    wanted = sample_rate_hz or rate
    generated = mono(metric, "generated clip", clip.generated, wanted)
    reference = mono(metric, "reference", clip.reference, wanted)
    difference = abs(generated.numel() - reference.numel())
    if difference > hop:
        raise RequestError(
            f"Metric '{metric}' got a clip of {generated.numel()} samples and a reference of "
            f"{reference.numel()} at {wanted} Hz; expected lengths within one hop of {hop}. "
            "Generate the clip at the reference's length."
        )
    if difference:
        logger.info("%s: the longer clip of a pair is cut by %d samples", metric, difference)
    length = min(generated.numel(), reference.numel())
    return Pair(generated[:length], reference[:length], wanted, rate)


def select_frames(
    metric: str, clip: Measured, region: Region, *, frames: int, hop: int, rate_hz: int
) -> Tensor:
    """Return the frames to measure: (T,) bool, true where the frame's centre lies in the region.

    Frame ``i`` is centred on ``i * hop / rate_hz`` seconds; a span holds its start, not its end.

    Raises:
        RequestError: if the region needs ``truth["span"]`` and there is none.
        UndefinedError: if no frame lies in the region.
    """
    if region == "whole":
        return torch.ones(frames, dtype=torch.bool)
    centres = np.arange(frames) * hop / rate_hz
    inside = np.zeros(frames, dtype=bool)
    for start_s, end_s in spans_of(metric, clip):
        inside |= (centres >= start_s) & (centres < end_s)
    chosen = torch.from_numpy(inside if region == "inside" else ~inside)
    if not bool(chosen.any()):
        raise UndefinedError(
            f"Metric '{metric}' found no frame {region} the edited spans of a clip of "
            f"{frames * hop / rate_hz:.2f} s; measure such a clip over region 'whole'.",
            f"no frame lies {region} the edited spans",
        )
    return chosen


def spans_of(metric: str, clip: Measured) -> list[tuple[float, float]]:
    """Return the edited spans in seconds, from ``truth["span"]``: one pair or a list of pairs.

    Raises:
        RequestError: if there are none, or they are not pairs of numbers in order.
    """
    value: Any = clip.truth.get("span")
    spans = np.asarray(value if value is not None else [], dtype=float)
    spans = spans[None] if spans.ndim == 1 and spans.size == 2 else spans
    if spans.ndim != 2 or spans.shape[1] != 2 or not bool((spans[:, 0] < spans[:, 1]).all()):
        raise RequestError(
            f"Metric '{metric}' needs truth['span'] as [[start_s, end_s], …] with start before "
            f"end; got {value!r}. Use region 'whole' for rows whose edited span is not known."
        )
    return [(float(start), float(end)) for start, end in spans]


def mono(metric: str, what: str, waveform: Waveform, rate: int) -> Tensor:
    """Return a clip mixed down by the mean and resampled: (N,) float64.

    Raises:
        RequestError: if it has no samples, or some that are not finite; ``what`` names the clip.
    """
    samples = waveform.samples.detach().cpu().to(torch.float64).mean(dim=0)
    if samples.numel() == 0 or not bool(torch.isfinite(samples).all()):
        state = "no samples" if samples.numel() == 0 else "non-finite samples"
        raise RequestError(
            f"Metric '{metric}' got a {what} with {state}; expected finite audio. "
            "Leave the clip out and count it, or find out why it was made."
        )
    if waveform.sample_rate_hz == rate:
        return samples
    import torchaudio

    return torchaudio.functional.resample(samples, waveform.sample_rate_hz, rate)
