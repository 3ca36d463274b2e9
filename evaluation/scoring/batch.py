"""The clips of a batch: decoded at most once, and heard by networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...core.embedder import Ear, Embedding
from ...core.errors import AudioOmniError, MediaError, RequestError
from ...core.media.waveform import Waveform
from ...core.metric import Measured
from .preparing import Prepared, PreparedRow

Outcome = Embedding | AudioOmniError
"""What was heard of a clip, or why it could not be."""


class Loaded:
    """The clips of a batch, each decoded at most once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._clips: dict[str, Waveform] = {}

    def get(self, clip: Prepared) -> Waveform:
        """Return a clip as it is measured.

        Raises:
            MediaError: if it cannot be read.
        """
        if clip.key not in self._clips:
            self._clips[clip.key] = clip.load()
        return self._clips[clip.key]

    def measured(self, row: PreparedRow) -> Measured:
        """Return a row with its clips.

        Raises:
            MediaError: if one cannot be read.
        """
        assert row.generated is not None  # noqa: S101 - `Measure.takes`
        return Measured(
            generated=self.get(row.generated),
            reference=self.get(row.reference) if row.reference else None,
            fields=row.fields,
            truth=row.truth,
            id=row.id,
        )


def hear_all(ear: Ear, clips: Sequence[Prepared], loaded: Loaded) -> dict[str, Outcome]:
    """Return what a network heard of clips, by their keys: on a GPU together, else one by one.

    In a batch, clips come out with other last bits than alone, so that what happened to be known
    already would show; on a CPU being alone costs next to nothing.
    """
    size = max(1, len(clips)) if _is_on_gpu(ear) else 1
    found: dict[str, Outcome] = {}
    for start in range(0, len(clips), size):
        found |= _hear(ear, clips[start : start + size], loaded)
    return found


def _hear(ear: Ear, clips: Sequence[Prepared], loaded: Loaded) -> dict[str, Outcome]:
    try:
        readers = [_Reader(loaded, clip) for clip in clips]
        heard = ear.hear(readers, [clip.key for clip in clips])
    except (RequestError, MediaError) as failure:
        if len(clips) == 1:
            return {clips[0].key: failure}
        alone = [_hear(ear, [clip], loaded) for clip in clips]
        return {key: one for found in alone for key, one in found.items()}
    return {clip.key: one for clip, one in zip(clips, heard, strict=True)}


def _is_on_gpu(ear: Ear) -> bool:
    named = getattr(ear.embedder.config, "device", None)
    return torch.cuda.is_available() if named in (None, "auto") else named != "cpu"


@dataclass(frozen=True)
class _Reader:
    loaded: Loaded
    clip: Prepared

    def __call__(self) -> Waveform:
        return self.loaded.get(self.clip)
