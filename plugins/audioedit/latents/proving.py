"""Shards of latents read again, to the last byte (risk 32)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ....core.errors import DataError
from ..packing.index import read_shard_index
from ..proof import Proof
from .bfloat import from_npy
from .record import SIDES, LatentRecord, LatentSample, all_latents, read_record, shard_of


def prove_latents(root: Path) -> Iterator[Proof]:
    """Read all shards of latents of a data set, and tell of every pair in them whether it is well.

    What is wrong with a whole shard has the id ``""``.
    """
    for path in all_latents(root):
        try:
            record = read_record(path)
            if record is None:
                raise DataError("it has no record beside it")
            data = path.read_bytes()
        except (DataError, OSError) as failure:
            yield Proof(path, "", f"unreadable: {failure}")
            continue
        for sample in record.index:
            yield Proof(path, sample.id, _fault(data, sample, record))
        fault = _fault_of_all(path, data, record)
        if fault is not None:
            yield Proof(path, "", fault)


def _fault(data: bytes, sample: LatentSample, record: LatentRecord) -> str | None:
    if sample.members.keys() != SIDES.keys():
        return f"has {', '.join(sorted(sample.members))}; expected {', '.join(SIDES)}"
    frames = set()
    for name, (offset, size) in sample.members.items():
        member = data[offset : offset + size]
        if hashlib.sha256(member).hexdigest() != sample.sha256[name]:
            return f"{name} is not the file that the record names"
        try:
            latent = from_npy(member, name)
        except DataError as failure:
            return str(failure)
        if latent.ndim != 2 or latent.shape[0] != record.codec.latent_dim:
            return f"{name} is {latent.shape}; expected {record.codec.latent_dim} channels"
        if not np.isfinite(latent).all():
            return f"{name} has values that are not finite"
        frames.add(latent.shape[1])
    return None if len(frames) == 1 else f"source and target have {sorted(frames)} frames"


def _fault_of_all(path: Path, data: bytes, record: LatentRecord) -> str | None:
    if hashlib.sha256(data).hexdigest() != record.sha256:
        return "the archive's bytes are not those that its record tells of"
    if record.codec.key != record.key or path.parent.name != f"latents-{record.key}":
        return f"it lies in {path.parent.name}, and its codec is {record.codec.describe()}"
    try:
        index = read_shard_index(shard_of(path))
    except DataError as failure:
        return f"its shard of audio: {failure}"
    if index.sha256 != record.audio_sha256:
        return "it was made of another shard of audio than the one of its name"
    if [sample["id"] for sample in index.samples] != [sample.id for sample in record.index]:
        return "its pairs are not those of its shard of audio"
    return None
