"""Sources that are longer than a model's clips: cut into windows that overlap, and joined again.

Shapes: C channels, N samples.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import torch

from .errors import RequestError
from .media.convert import crop
from .media.waveform import Waveform
from .payloads import REFERENCE_AUDIO, Example

OVERLAP_SECONDS = 1.0
"""How long neighbouring windows sound together: one fades out while the next fades in."""


def source_of(example: Example) -> Waveform | None:
    """Return the clip that an example edits; `None` for an example that edits nothing."""
    if example.editing is not None:
        return example.editing.source
    payload = example.payloads.get(REFERENCE_AUDIO)
    return None if payload is None or payload.role != "source" else payload.waveform


def window_starts(samples: int, window: int, overlap: int) -> list[int]:
    """Return where windows begin, so that they cover ``samples`` and overlap by ``overlap``.

    The last one ends with the clip: it overlaps more rather than reaching beyond.

    Raises:
        RequestError: unless 0 ≤ overlap < window.
    """
    if not 0 <= overlap < window:
        raise RequestError(
            f"Got windows of {window} samples that overlap by {overlap}; expected an overlap "
            "shorter than a window."
        )
    if samples <= window:
        return [0]
    return [*range(0, samples - window, window - overlap), samples - window]


def cut_into_windows(example: Example, window_seconds: float) -> tuple[list[Example], list[float]]:
    """Return one example per window of the source, and where each begins, in seconds.

    Every window asks for the same edit; its source's conversions say which part it is.
    """
    source = source_of(example)
    assert source is not None  # noqa: S101 - only edits are cut
    rate = source.sample_rate_hz
    window = int(window_seconds * rate)
    overlap = min(int(OVERLAP_SECONDS * rate), window // 2)
    starts = window_starts(int(source.samples.shape[-1]), window, overlap)
    parts = []
    for start in starts:
        clip = crop(source, start, min(window, int(source.samples.shape[-1]) - start))
        parts.append(replace(_with_source(example, clip), seconds=clip.seconds))
    return parts, [start / rate for start in starts]


def _with_source(example: Example, clip: Waveform) -> Example:
    """Return the same edit of another clip."""
    if example.editing is not None:
        return replace(example, editing=replace(example.editing, source=clip))
    payload = replace(example.payloads[REFERENCE_AUDIO], waveform=clip)
    return replace(example, payloads={**example.payloads, REFERENCE_AUDIO: payload})


def join_windows(clips: Sequence[Waveform], starts: Sequence[float], seconds: float) -> Waveform:
    """Return one clip of windows that overlap, with linear crossfades.

    Where a window begins, the sound before fades out over all that both cover; weights sum to
    one everywhere, so what the windows agree on comes back as it is.

    Args:
        clips: in the order of time, all of one rate and channel count.
        starts: where each begins, in seconds; each begins before the one before ends.
        seconds: length of the whole.
    """
    rate = clips[0].sample_rate_hz
    joined = torch.zeros(clips[0].channels, round(seconds * rate))
    reached = 0
    for clip, start in zip(clips, starts, strict=True):
        first = round(start * rate)
        new = clip.samples[:, : joined.shape[1] - first]
        faded = min(max(reached - first, 0), new.shape[1])
        weight = torch.ones(new.shape[1])
        weight[:faded] = torch.arange(1, faded + 1) / (faded + 1)
        region = joined[:, first : first + new.shape[1]]
        region.mul_(1 - weight).add_(new * weight)
        reached = first + new.shape[1]
    notes = tuple(dict.fromkeys(itertools.chain(*(clip.conversions for clip in clips))))
    note = f"joined {len(clips)} windows with crossfades of {OVERLAP_SECONDS:g} s or more"
    return Waveform(joined, rate, (*notes, note))
