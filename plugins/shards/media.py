"""Opens members of shards."""

from __future__ import annotations

from ...core.data.manifest_files import Media
from .index import Member


class ShardMedia(Media):
    """Reads a member's bytes; nothing is unpacked to the disk."""

    def file(self, name: Member, where: str) -> tuple[bytes, str]:
        """Return a member's bytes and name.

        Raises:
            DataError: if the shard is cut off or gone; opens with ``where``.
        """
        return name.read(where), str(name)
