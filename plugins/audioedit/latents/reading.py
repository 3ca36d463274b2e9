"""Latents of pairs, reached by their ids, and which codecs' a data set has."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....core.errors import DataError
from ..packing.index import read_shard_index
from ..packing.places import Place
from .bfloat import from_npy
from .record import AGAIN, FOLDER, LatentRecord, all_latents, latents_of, read_record

if TYPE_CHECKING:
    from torch import Tensor

AUTO = "auto"


class _Placed(NamedTuple):
    """Where a latent lies; shards by number, for a million pairs name few of them."""

    shard: int
    offset: int
    size: int
    sha256: bytes


class LatentShards:
    """The latents of some shards of pairs by one codec. Nothing stays open: it can be shared.

    Attributes:
        codec: what made them.
    """

    def __init__(self, shards: Sequence[Path], key: str) -> None:
        """Read the records.

        Args:
            shards: of audio, at least one.
            key: of the codec.

        Raises:
            DataError: if the latents of a shard are missing, damaged, or of an earlier shard;
                says how many, and what to do.
        """
        self._paths = [latents_of(shard, key) for shard in shards]
        self._places: dict[str, dict[str, _Placed]] = {}
        missing = []
        for number, (shard, path) in enumerate(zip(shards, self._paths, strict=True)):
            record = read_record(path)
            if record is None or record.audio_sha256 != read_shard_index(shard).sha256:
                missing.append(shard)
                continue
            self.codec = record.codec
            self._add(number, record)
        if missing:
            raise DataError(
                f"Latents of codec {key} are there for {len(shards) - len(missing)} of "
                f"{len(shards)} shards; the first without is {missing[0]}. Go on: audio-omni "
                "audioedit encode, with the same recipe."
            )

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._places)

    def __contains__(self, id_: str) -> bool:
        """Tell whether there are latents of a pair."""
        return id_ in self._places

    def latent(self, id_: str, side: str = "target") -> NDArray[np.float32]:
        """Return the latent (D, T) of a pair's ``source`` or ``target``, as float32.

        Raises:
            DataError: if there is none of such a pair, or its bytes are not those written.
        """
        name = f"{side}.npy"
        try:
            placed = self._places[id_][name]
        except KeyError:
            raise DataError(
                f"There is no latent {name} of pair '{id_}' in {self._paths[0].parent}; expected "
                "the id of a packed pair, and source or target."
            ) from None
        path = self._paths[placed.shard]
        where = f"{path.parent.name}/{path.name}, {id_}.{name}"
        data = Place(path, f"{id_}.{name}", placed.offset, placed.size).read(where)
        if hashlib.sha256(data).digest() != placed.sha256:
            raise DataError(f"{where}: its bytes have changed. {AGAIN}")
        return from_npy(data, where)

    def tensor(self, id_: str, side: str = "target") -> Tensor:
        """Return what `latent` does, as a tensor."""
        import torch

        return torch.from_numpy(self.latent(id_, side))

    def _add(self, number: int, record: LatentRecord) -> None:
        for sample in record.index:
            self._places[sample.id] = {
                name: _Placed(number, *place, bytes.fromhex(sample.sha256[name]))
                for name, place in sample.members.items()
            }


def open_latents(shards: Sequence[Path], wanted: str, where: str) -> list[LatentShards]:
    """Return the latents of all of some shards: by one codec, or by every one that has them all.

    Args:
        shards: of audio.
        wanted: key of a codec, or ``"auto"``.
        where: opens error messages.

    Raises:
        DataError: if there are none; says what there is.
    """
    keys = [wanted] if wanted != AUTO else sorted(
        {path.name.removeprefix(FOLDER) for shard in shards
         for path in shard.parent.glob(f"{FOLDER}*") if path.is_dir()}
    )  # fmt: skip
    found, problems = [], []
    for key in keys:
        try:
            found.append(LatentShards(shards, key))
        except DataError as failure:
            problems.append(str(failure))
    if not found:
        told = " ".join(problems) or "There are none. Make them: audio-omni audioedit encode."
        raise DataError(f"{where}: latents={wanted}, but no codec has latents of all pairs. {told}")
    return found


class LatentsThere(NamedTuple):
    """What a data set has by one codec."""

    codec: str
    key: str
    pairs: int
    shards: int
    of: int
    bytes: int


def latents_there(root: Path) -> list[LatentsThere]:
    """Return what latents a data set has, codec by codec; those that cannot be read do not count.

    ``of`` is the number of shards of audio; latents of earlier shards do not count either.
    """
    shards = sorted(root.glob("shards/*/*.tar"))
    found: dict[str, list[LatentRecord]] = {}
    for path in all_latents(root):
        try:
            record = read_record(path)
            shard = path.parent.parent / path.name
            if record is not None and record.audio_sha256 == read_shard_index(shard).sha256:
                found.setdefault(record.key, []).append(record)
        except DataError:
            continue
    return [
        LatentsThere(
            records[0].codec.name, key, sum(r.samples for r in records), len(records), len(shards),
            sum(r.bytes for r in records),
        )
        for key, records in sorted(found.items())
    ]  # fmt: skip
