"""The source that reads a manifest: JSON lines, with audio files beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel

from .entry_source import AUDIO, EntrySource
from .manifest_entries import read_entries
from .manifest_files import FolderMedia
from .manifest_options import ManifestOptions

__all__ = ["ManifestOptions", "ManifestSource"]


class ManifestSource(EntrySource):
    """Rows of a JSON-lines file; paths in it are relative to its folder, or another.

    A row may have ``id, audio, source_audio, caption, instruction, description, transcript,
    speaker, video, duration_s, licence, attribution`` and any further fields. Further clips can
    come from other lines, see option ``join``. ``padding_s`` seconds at the end of ``audio`` and
    ``source_audio`` are left out when they are opened.
    """

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Index the manifest; audio is opened when a row's loader is called.

        Raises:
            DataError: for a missing file, a broken line, an id that is missing or used twice, or
                a join by a field that no line has.
        """
        assert isinstance(options, ManifestOptions)  # noqa: S101 - open_source validates them
        self.path = Path(locator).expanduser()
        self.folder = Path(options.folder).expanduser() if options.folder else self.path.parent
        digest = _digest(self.path, options)
        entries = read_entries(self.path, options)
        media = FolderMedia(self.folder)
        self._keep(str(self.path), options, entries=entries, media=media, digest=digest)

    def audio_path(self, index: int) -> Path | None:
        """Return the file of a row's target; `None` when it has none."""
        audio = self.entry(index).fields.get(AUDIO)
        return self.folder / audio if isinstance(audio, str) else None

    def _video_field(self, name: str) -> str:
        """Return the path of a video."""
        return str(self.folder / name)


def _digest(path: Path, options: ManifestOptions) -> str:
    """Return a hash of the manifest's bytes and the options."""
    digest = hashlib.blake2b(options.model_dump_json().encode(), digest_size=16)
    if path.is_file():
        digest.update(path.read_bytes())
    return digest.hexdigest()
