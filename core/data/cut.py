"""Rows cut to one clip of the model: target, input and truth together, at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError
from ..geometry import Geometry
from ..media.audio import crop
from ..media.video_file import VideoClip
from ..media.waveform import Waveform
from ..source import LoadMedia, Row
from .cut_start import SPAN, spans_of, start_of_cut

ALIGNED = "source_audio"
"""The clip that is cut together with the target: the input of an edit."""

VIDEO = "video"
"""The video that is cut together with the target: the sound is that of its pictures."""

BEGUN = "begun"
"""Marks an event that sounds already when a part of a clip begins."""

_TOLERANCE_SECONDS = 0.01


class Cut(NamedTuple):
    """Which part of a row is left.

    Attributes:
        start_s: where it begins.
        seconds: how long it lasts.
        whole_s: how long the row lasted before.
    """

    start_s: float
    seconds: float
    whole_s: float


def crop_row(
    row: Row, geometry: Geometry, rule: str, rng: np.random.Generator | None = None
) -> Row:
    """Return the row of `cut_row`, whatever is left of it."""
    return cut_row(row, geometry, rule, rng)[0]


def cut_row(
    row: Row, geometry: Geometry, rule: str, rng: np.random.Generator | None = None
) -> tuple[Row, Cut | None]:
    """Return the row with its target, and the input of an edit or its video, cut to one clip.

    All are cut at the same time, so that they stay aligned, and the truth with them. A row that
    fits is returned as it is, though its target is decoded only once, and its cut is `None`.

    Args:
        row: a row of any length.
        geometry: rate and clip length of the model.
        rule: ``"random"``, ``"start"``, ``"error"``; ``"edit"``: at random, but so that at least
            half is shown of what an edited span of the truth could fill of the clip, see
            `cut_start`; or ``"span"``: around the first edited span of the truth, and the
            start where there is none.
        rng: draws the start of a cut at random; the other rules need none.

    Raises:
        DataError: if the target is too long and the rule is ``"error"``, or it is speech with its
            transcript; or if target and input do not last equally long.
    """
    if row.audio is None:
        return row, None
    target = row.audio()
    if _window(target, geometry) >= target.samples.shape[-1]:
        return replace(row, audio=Decoded(target)), None
    if "transcript" in row.fields:
        raise DataError(
            f"Row '{row.id}' lasts {target.seconds:.3f} s; the model's clips last "
            f"{geometry.clip_seconds:g} s. Speech is not cut, for its transcript would say more "
            "than is heard. Leave out long rows (option longest_seconds), or train longer clips."
        )
    if rule == "error":
        raise DataError(
            f"Row '{row.id}' lasts {target.seconds:.3f} s; the model's clips last "
            f"{geometry.clip_seconds:g} s. Cut it, or set loader.crop to 'start' or 'random'."
        )
    start = start_of_cut(row.truth, rule, geometry.clip_seconds, target.seconds, rng)
    media = dict(row.media)
    if ALIGNED in media:
        media[ALIGNED] = Decoded(_cut_aligned(row, target, start, geometry))
    clip = _cut(target, start, geometry)
    if VIDEO in media:
        media[VIDEO] = _CutVideo(media[VIDEO], start, clip.seconds)
    left = replace(
        row,
        fields={**row.fields, "duration_s": clip.seconds},
        audio=Decoded(clip),
        media=media,
        truth=cut_truth(row.truth, start, clip.seconds),
        latents={},  # of the whole clip: a part of a latent is not the latent of a part
    )
    return left, Cut(start, clip.seconds, target.seconds)


def cut_truth(truth: Mapping[str, Any], start_s: float, seconds: float) -> dict[str, Any]:
    """Return what is true of a part of a clip, its times counted from the part's start.

    Spans, and lists of things with ``onset_s`` and ``length_s``, are shifted and shortened; what
    is not heard in the part is left out of them. A thing that sounds already when the part begins
    is marked with ``begun``: its ``onset_s`` of 0 is none that can be heard. Callables (stems)
    open the whole clip and are left out; anything else has no time and stays.
    """
    kept = {name: value for name, value in truth.items() if not callable(value)}
    for name, value in kept.items():
        if name == SPAN:
            pairs = [_shown(a, b, start_s, seconds) for a, b in spans_of(value)]
            kept[name] = [list(pair) for pair in pairs if pair is not None]
        elif isinstance(value, list | tuple) and value and all(map(_is_event, value)):
            kept[name] = [e for event in value if (e := _cut_event(event, start_s, seconds))]
    return kept


def _is_event(value: Any) -> bool:
    return isinstance(value, Mapping) and {"onset_s", "length_s"} <= value.keys()


def _cut_event(event: Mapping[str, Any], start_s: float, seconds: float) -> dict[str, Any] | None:
    onset = float(event["onset_s"])
    shown = _shown(onset, onset + float(event["length_s"]), start_s, seconds)
    if shown is None:
        return None
    begun = {BEGUN: True} if onset < start_s else {}
    return {**event, **begun, "onset_s": shown[0], "length_s": shown[1] - shown[0]}


def _shown(begin: float, end: float, start_s: float, seconds: float) -> tuple[float, float] | None:
    first, last = max(0.0, begin - start_s), min(seconds, end - start_s)
    return (first, last) if first < last else None


def _cut_aligned(row: Row, target: Waveform, start: float, geometry: Geometry) -> Waveform:
    source = row.media[ALIGNED]()
    assert isinstance(source, Waveform)  # noqa: S101 - what a row keeps under this name
    if abs(source.seconds - target.seconds) > _TOLERANCE_SECONDS:
        raise DataError(
            f"Row '{row.id}': its source lasts {source.seconds:.3f} s and its target "
            f"{target.seconds:.3f} s; they can only be cut together if both last equally long."
        )
    return _cut(source, start, geometry)


def _window(waveform: Waveform, geometry: Geometry) -> int:
    """Return how many samples of a waveform make a clip once they are resampled (rounded up)."""
    return geometry.clip_samples * waveform.sample_rate_hz // geometry.sample_rate_hz


def _cut(waveform: Waveform, start_s: float, geometry: Geometry) -> Waveform:
    have = int(waveform.samples.shape[-1])
    length = min(_window(waveform, geometry), have)
    start = min(round(start_s * waveform.sample_rate_hz), have - length)
    return crop(waveform, start, length)


@dataclass(frozen=True)
class Decoded:
    """A loader of a clip that is in memory already."""

    waveform: Waveform

    def __call__(self) -> Waveform:
        """Return it."""
        return self.waveform


@dataclass(frozen=True)
class _CutVideo:
    """A loader of a part of a video."""

    load: LoadMedia
    start_s: float
    seconds: float

    def __call__(self) -> VideoClip:
        video = self.load()
        assert isinstance(video, VideoClip)  # noqa: S101 - what a row keeps under this name
        return video.starting_at(self.start_s).cut_to(self.seconds)
