"""Files inside shards, and how rows open them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ....core.data.manifest_files import Media
from ....core.errors import DataError


@dataclass(frozen=True)
class Place:
    """A file inside a shard."""

    shard: Path
    name: str
    offset: int
    size: int

    def read(self, where: str) -> bytes:
        """Return its bytes.

        Raises:
            DataError: if the shard ends before, or cannot be read; opens with ``where``.
        """
        try:
            with self.shard.open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.size)
        except OSError as failure:
            raise DataError(f"{where}: {self.shard} cannot be read: {failure.strerror}.") from None
        if len(data) < self.size:
            raise DataError(
                f"{where}: {self.shard} ends within {self.name}: it is cut off. Pack it again: "
                "audio-omni audioedit pack."
            )
        return data


class PlacedMedia(Media):
    """Files at their places in shards."""

    def file(self, name: Place, where: str) -> tuple[bytes, str]:
        """Return a file's bytes and its name."""
        return name.read(where), name.name
