"""A shard of latents: where it lies, and what it says of itself in the file beside it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from ....core.codec_identity import CodecIdentity
from ....core.config import Config, parse_config
from ....core.errors import DataError
from ..blobs import write_whole
from ..packing.shards import SOURCE, TARGET, append_member

FORMAT = "audioedit-latents-1"
FOLDER = "latents-"
SIDES = {"source.npy": SOURCE, "target.npy": TARGET}
"""Member of a shard of latents → the member of the shard of audio that it is of."""

AGAIN = "Make it again: audio-omni audioedit encode DIR RECIPE."


class LatentSample(Config):
    """Where the latents of a pair lie in the archive."""

    id: str = Field(description="Of the pair.")
    members: dict[str, tuple[int, int]] = Field(description="Name → offset and size in bytes.")
    sha256: dict[str, str] = Field(description="Name → hash of the member.")


class LatentRecord(Config):
    """All that is true of a shard of latents.

    Members are ``.npy`` arrays (D, T): bits of bfloat16 as uint16, see `bfloat`.
    """

    format: str = Field(description="Version of the form.")
    codec: CodecIdentity = Field(description="What made them.")
    key: str = Field(description="Of the codec.")
    frames_per_second: float = Field(description="Of the latents.")
    audio_sha256: str = Field(description="Of the shard of audio that they were made of.")
    samples: int = Field(ge=0, description="How many pairs.")
    sha256: str = Field(description="Of the archive.")
    bytes: int = Field(ge=0, description="Size of the archive.")
    made_with: dict[str, str] = Field(description="Versions and device, for people.")
    index: list[LatentSample] = Field(description="Where its members lie.")


def latents_of(shard: Path, key: str) -> Path:
    """Return where the latents of a shard of audio lie, or would: beside it, by codec."""
    return shard.parent / f"{FOLDER}{key}" / shard.name


def shard_of(latents: Path) -> Path:
    """Return the shard of audio that latents belong to."""
    return latents.parent.parent / latents.name


def all_latents(root: Path) -> list[Path]:
    """Return the archives of all latents of a data set that have a record, or should."""
    found = root.glob(f"shards/*/{FOLDER}*/*")
    return sorted({path.with_suffix(".tar") for path in found if path.suffix in {".tar", ".json"}})


def read_record(latents: Path) -> LatentRecord | None:
    """Return the record of a shard of latents that is whole by its size; `None` if there is none.

    Raises:
        DataError: if it cannot be read, or the archive is missing or cut off.
    """
    path = latents.with_suffix(".json")
    if not path.is_file():
        return None
    try:
        values = dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as failure:
        raise DataError(f"{path} cannot be read ({failure}). {AGAIN}") from None
    if values.get("format") != FORMAT:
        raise DataError(
            f"{path} has the format {values.get('format')!r}; expected {FORMAT!r}. {AGAIN}"
        )
    record = parse_config(LatentRecord, values, where=str(path), error=DataError)
    found = latents.stat().st_size if latents.is_file() else 0
    if found != record.bytes:
        raise DataError(f"{latents} has {found} of its {record.bytes} bytes. {AGAIN}")
    return record


def write_record(
    latents: Path,
    samples: Iterable[tuple[str, Mapping[str, bytes]]],
    *,
    codec: CodecIdentity,
    audio_sha256: str,
    made_with: Mapping[str, str],
) -> LatentRecord:
    """Write a shard of latents and its record, each whole or not at all.

    Equal latents give equal bytes. The record is the last to appear, and the first to go.

    Args:
        latents: the archive.
        samples: id of a pair, and its members by name; in the order of ids.
        codec: what made them.
        audio_sha256: of the shard of audio.
        made_with: versions and device.

    Raises:
        StopRun: if the disk is full.
    """
    buffer, index = io.BytesIO(), []
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for id_, members in samples:
            places, hashes = {}, {}
            for name, data in sorted(members.items()):
                offset, size = append_member(archive, f"{id_}.{name}", data)
                places[name] = (offset, size)
                hashes[name] = hashlib.sha256(data).hexdigest()
            index.append(LatentSample(id=id_, members=places, sha256=hashes))
    whole = buffer.getbuffer()
    record = LatentRecord(
        format=FORMAT,
        codec=codec,
        key=codec.key,
        frames_per_second=codec.frames_per_second,
        audio_sha256=audio_sha256,
        samples=len(index),
        sha256=hashlib.sha256(whole).hexdigest(),
        bytes=len(whole),
        made_with=dict(made_with),
        index=index,
    )
    latents.with_suffix(".json").unlink(missing_ok=True)
    write_whole(latents, whole)
    stamp(latents, record)
    return record


def stamp(latents: Path, record: LatentRecord) -> None:
    """Write the record of a shard.

    Raises:
        StopRun: if the disk is full.
    """
    text = json.dumps(record.model_dump(mode="json"), sort_keys=True)
    write_whole(latents.with_suffix(".json"), f"{text}\n".encode())
