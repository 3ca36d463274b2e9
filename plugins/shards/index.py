"""What a shard holds: its samples, and where in the file their members lie.

A sample is a run of members that share a name up to its first dot; what follows is the field.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from ...core.errors import DataError

_NAME = re.compile(r"^((?:.*/)?[^./]+)\.([^/]+)$")


@dataclass(frozen=True)
class Member:
    """A file inside a shard, uncompressed.

    Attributes:
        shard: the archive.
        name: its name there.
        offset: of its first byte in the archive.
        size: in bytes.
    """

    shard: Path
    name: str
    offset: int
    size: int

    def __str__(self) -> str:
        return f"{self.shard}:{self.name}"

    def read(self, where: str) -> bytes:
        """Return its bytes.

        Raises:
            DataError: if the archive ends before, or cannot be read; opens with ``where``.
        """
        try:
            with self.shard.open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.size)
        except OSError as failure:
            raise DataError(
                f"{where}: {self.shard} cannot be read: {failure.strerror}. Mount or copy it again."
            ) from None
        if len(data) < self.size:
            raise DataError(
                f"{where}: {self} has {len(data)} of its {self.size} bytes: the shard is cut off. "
                "Copy it again."
            )
        return data


@dataclass(frozen=True)
class Sample:
    """A sample of a shard.

    Attributes:
        key: its members' common name.
        members: what follows in their names → the member.
    """

    key: str
    members: dict[str, Member] = field(default_factory=dict)


def read_index(shard: Path) -> list[Sample]:
    """Return the samples of a shard, from the headers alone.

    A shard that is cut off gives what its headers tell; what is not there fails when it is read.

    Raises:
        DataError: if it is no tar archive, or holds no sample.
    """
    named = [(match, member) for member in _members(shard) if (match := _NAME.match(member.name))]
    samples = [
        Sample(key, {match[2]: member for match, member in own})
        for key, own in groupby(named, key=lambda pair: pair[0][1])
    ]
    if not samples:
        raise DataError(
            f"{shard} holds no sample; expected members like 000001.flac beside 000001.json."
        )
    return samples


def _members(shard: Path) -> Iterator[Member]:
    try:
        with tarfile.open(shard, "r:") as archive:
            while (info := _next(archive)) is not None:
                if info.isfile():
                    yield Member(shard, info.name, info.offset_data, info.size)
    except (tarfile.TarError, OSError) as failure:
        raise DataError(
            f"{shard} is no tar archive that can be read ({failure}); expected an uncompressed "
            "one, whose members can be reached by their place. Unpack a .tar.gz to .tar first."
        ) from None


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """Return the next header, or `None` where the archive ends, be it in the middle of one."""
    try:
        return archive.next()
    except tarfile.ReadError:
        if archive.offset == 0:
            raise
        return None
