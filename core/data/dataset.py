"""From a pick to an example that is ready for the model; runs in the data workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

from ..errors import DataError, MediaError, RequestError
from ..geometry import Geometry
from ..media.audio import crop
from ..media.waveform import Waveform
from ..payloads import Example
from ..source import DataSource, Row
from ..task import Task
from .mixture import Pick
from .records import PreparedExample

ALIGNED = "source_audio"
"""The clip that is cut together with the target: the input of an edit."""

_TOLERANCE_SECONDS = 0.01


class Prepare(Protocol):
    """What turns examples into tensors: `AudioOmniModel.prepare`."""

    def __call__(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return the prepared example; ``key`` names it in caches."""
        ...


@dataclass(frozen=True)
class Skipped:
    """A row that is broken.

    Attributes:
        reason: class of the error, for counting.
        message: names the source, the row and what is wrong.
    """

    reason: str
    message: str


class PickDataset(Dataset[PreparedExample | Skipped]):
    """Reads the row of a pick, as the task of its source, cut to the model's clip.

    Args:
        sources: open sources, in the order of the mixture.
        tasks: the task of each.
        prepare: `AudioOmniModel.prepare`, or what does the same.
        geometry: rate and clip length of the model.
        crop: what to do with clips that are longer, see `LoaderConfig.crop`.
        seed: of random crops.
    """

    def __init__(
        self,
        sources: Sequence[DataSource],
        tasks: Sequence[Task[Any]],
        prepare: Prepare,
        *,
        geometry: Geometry,
        crop: str = "random",
        seed: int = 0,
    ) -> None:
        """Keep everything; audio is opened when a pick is read."""
        self.sources = list(sources)
        self.tasks = list(tasks)
        self.prepare = prepare
        self.geometry = geometry
        self.crop = crop
        self.seed = seed
        self.digests = [source.digest() for source in self.sources]

    def __getitem__(self, pick: Pick) -> PreparedExample | Skipped:
        """Return the example of a pick, or why there is none; a broken row is never replaced."""
        try:
            return self.read(pick)
        except (DataError, MediaError, RequestError) as failure:
            where = f"Source {pick.source} ({self.tasks[pick.source].name}), row {pick.row}"
            return Skipped(type(failure).__name__, f"{where}: {failure}")

    def read(self, pick: Pick) -> PreparedExample:
        """Return the prepared example of a pick.

        Its key is `None` after a random crop: the same crop hardly ever comes again, and keeping
        each would fill the disk.

        Raises:
            DataError, MediaError, RequestError: if the row is broken or does not fit the task.
        """
        task = self.tasks[pick.source]
        row = self.sources[pick.source].row(pick.row)
        rng = np.random.default_rng([self.seed, pick.source, pick.draw])
        cut = crop_row(row, self.geometry, self.crop, rng)
        key: str | None = f"{task.name}/{self.digests[pick.source]}/{row.id}"
        if cut.fields is not row.fields:  # it was cut
            key = None if self.crop == "random" else f"{key}@{self.geometry.clip_samples}"
        example = task.to_example(cut)
        if example.target is None:
            raise DataError(
                f"Row '{row.id}' has no target audio; training needs one. Name it in the field "
                "'audio', or map one to it in the source's field_map."
            )
        return self.prepare(example, key)


def crop_row(row: Row, geometry: Geometry, rule: str, rng: np.random.Generator) -> Row:
    """Return the row with its target, and the input of an edit, cut to one clip of the model.

    Both are cut at the same time, so that they stay aligned; a row that fits is returned as it
    is, though its target is decoded only once.

    Raises:
        DataError: if the target is too long and the rule is ``"error"``, or if target and input
            do not last equally long.
    """
    if row.audio is None:
        return row
    target = row.audio()
    if _window(target, geometry) >= target.samples.shape[-1]:
        return replace(row, audio=_Decoded(target))
    if rule == "error":
        raise DataError(
            f"Row '{row.id}' lasts {target.seconds:.3f} s; the model's clips last "
            f"{geometry.clip_seconds:g} s. Cut it, or set loader.crop to 'start' or 'random'."
        )
    spare = target.seconds - geometry.clip_seconds
    start = float(rng.uniform(0, max(spare, 0.0))) if rule == "random" else 0.0
    media = dict(row.media)
    if ALIGNED in media:
        media[ALIGNED] = _Decoded(_cut_aligned(row, target, start, geometry))
    clip = _cut(target, start, geometry)
    fields = {**row.fields, "duration_s": clip.seconds}
    return replace(row, fields=fields, audio=_Decoded(clip), media=media)


def _cut_aligned(row: Row, target: Waveform, start: float, geometry: Geometry) -> Waveform:
    source = row.media[ALIGNED]()
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
class _Decoded:
    """A loader of a clip that is in memory already."""

    waveform: Waveform

    def __call__(self) -> Waveform:
        return self.waveform
