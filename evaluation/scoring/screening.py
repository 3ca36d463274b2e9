"""What is in a file, looked at once: which rate and length, whether it is silent or clipped."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...core.data.bounded_folder import BoundedFolder
from ...core.errors import MediaError
from ...core.media.audio import Waveform, load_waveform
from ...core.media.files import check_media_file
from .config import SILENT_DBFS

FOLDER = "clip-facts-v1"
BLOCK = 2**20
FULL_SCALE = 1.0 - 2.0**-15
"""The largest value of 16-bit samples: a clip that reaches it was perhaps clipped."""


@dataclass(frozen=True)
class Facts:
    """What is known of a file.

    Attributes:
        digest: SHA-256 of its bytes.
        rate_hz: samples per second.
        channels: how many.
        frames: samples of a channel.
        peak: greatest magnitude of a sample.
    """

    digest: str
    rate_hz: int
    channels: int
    frames: int
    peak: float

    @property
    def seconds(self) -> float:
        """Return the duration."""
        return self.frames / self.rate_hz

    @property
    def is_silent(self) -> bool:
        """Tell whether the peak lies below `SILENT_DBFS`."""
        return self.peak < 10.0 ** (SILENT_DBFS / 20.0)

    @property
    def is_clipped(self) -> bool:
        """Tell whether a sample reaches full scale."""
        return self.peak >= FULL_SCALE


class Screen:
    """Looks into files; one whose content is known is not decoded."""

    def __init__(self, cache: BoundedFolder) -> None:
        """Keep facts below a folder."""
        self.cache = cache.open(FOLDER)

    def look(self, path: Path) -> Facts | str:
        """Return the facts of a file, or why it cannot be read."""
        try:
            digest = file_digest(path)
            (facts,) = self.cache.features([path], [digest], _decode)
        except MediaError as failure:
            return str(failure)
        return Facts(digest=digest, **facts)


def file_digest(path: Path, kind: str = "audio") -> str:
    """Return the SHA-256 of a file's bytes; ``kind`` is what it should be, for messages.

    Raises:
        MediaError: if it cannot be read.
    """
    check_media_file(path, kind)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _decode(paths: list[Any]) -> list[dict[str, Any]]:
    return [_facts(load_waveform(path)) for path in paths]


def _facts(clip: Waveform) -> dict[str, Any]:
    facts = asdict(
        Facts(
            digest="",
            rate_hz=clip.sample_rate_hz,
            channels=clip.channels,
            frames=int(clip.samples.shape[-1]),
            peak=float(clip.samples.abs().max()),
        )
    )
    del facts["digest"]
    return facts
