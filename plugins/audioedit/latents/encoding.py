"""A codec at work on the pairs of a shard; one for each process.

Shapes: C channels, N samples, D latent width, T frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ....core.catalog import Catalog
from ....core.codec import Codec
from ....core.codec_identity import CodecIdentity
from ....core.data.entry_source import PADDING, load_clip
from ....core.encoding.codec import build_frozen_codec
from ....core.encoding.encoder import one_thread
from ....core.errors import DataError
from ....core.media.audio import resample, to_channels
from ....core.media.waveform import Waveform
from ....core.recipe import Recipe
from ....core.training.checkpoint_files import file_sha256
from ....core.whole_file import PART
from ..packing.index import read_shard_index
from ..packing.places import Place, PlacedMedia
from ..packing.shards import FACTS
from ..stages.locks import held
from .bfloat import to_npy
from .record import SIDES, LatentRecord, latents_of, read_record, write_record

LOCKED = ".lock"


@dataclass(frozen=True)
class LatentJob:
    """All that a process needs to know to encode shards; can be pickled.

    Attributes:
        id: of the run of the command; a process keeps the codec that it has built for it.
        recipe: whose codec encodes.
        codec: which one that is.
        open_catalog: returns the plugins, anew in each process.
        device: where the codec runs.
    """

    id: str
    recipe: Recipe
    codec: CodecIdentity
    open_catalog: Callable[[], Catalog]
    device: str


class PairEncoder:
    """Encodes both sides of pairs by the same operation, one clip at a time.

    A latent is then a function of its clip and the codec alone, whatever is beside it in a shard.
    Clips are what a training run reads: without padding, at the codec's rate and channels; the
    latent is the codec's `encode`, which is the mean of a posterior.
    """

    def __init__(self, codec: Codec, identity: CodecIdentity, device: str) -> None:
        """Keep the codec, which is on the device."""
        self.codec = codec
        self.identity = identity
        self.device = device
        self.media = PlacedMedia()

    def write(self, shard: Path, on_pair: Callable[[int], None] | None = None) -> LatentRecord:
        """Encode the pairs of a shard of audio, and write their latents beside it.

        Raises:
            DataError: if a clip cannot be read, or its latent is not finite.
            StopRun: if the disk is full.
        """
        index = read_shard_index(shard)
        with one_thread():
            return write_record(
                latents_of(shard, self.identity.key),
                self._samples(shard, index.samples, on_pair),
                codec=self.identity,
                audio_sha256=index.sha256,
                made_with=self._made_with(),
            )

    @torch.no_grad()
    def latent(self, clip: Waveform, where: str) -> Tensor:
        """Return the latent (D, T) float32 of a clip (C, N), on the CPU.

        Raises:
            DataError: if it is not finite, or not as large as the codec says.
        """
        own = self.identity
        heard = to_channels(resample(clip, own.sample_rate_hz), own.channels).samples
        latent = self.codec.encode(heard[None].to(self.device)).float().cpu()[0]
        expected = (own.latent_dim, own.frames(heard.shape[-1]))
        if tuple(latent.shape) != expected or not bool(torch.isfinite(latent).all()):
            raise DataError(
                f"{where}: the codec {own.describe()} made {tuple(latent.shape)} numbers of it, "
                f"{int((~torch.isfinite(latent)).sum())} of them not finite; expected {expected}, "
                "all finite. Check the codec's weights, and the pair with audioedit inspect."
            )
        return latent

    def _samples(
        self, shard: Path, index: list[dict[str, Any]], on_pair: Callable[[int], None] | None
    ) -> Iterator[tuple[str, Mapping[str, bytes]]]:
        made: dict[tuple[str, float], bytes] = {}  # the pairs of one scene share clips
        for sample in index:
            places = {
                name: Place(shard, f"{sample['id']}.{name}", *place)
                for name, place in sample["members"].items()
            }
            row = json.loads(places[FACTS].read(f"{shard.name}, pair {sample['id']}"))
            padding = float(row.get(PADDING, 0.0))
            members = {}
            for name, audio in SIDES.items():
                known = (row["record"][name.partition(".")[0]]["sha256"], padding)
                if known not in made:
                    where = f"{shard.name}, {places[audio].name}"
                    clip = load_clip(self.media, places[audio], where, padding_s=padding)
                    made[known] = to_npy(self.latent(clip, where))
                members[name] = made[known]
            yield sample["id"], members
            if on_pair is not None:
                on_pair(1)

    def _made_with(self) -> dict[str, str]:
        versions = {name: metadata.version(name) for name in ("audio-omni", "torch")}
        return {**versions, "device": torch.device(self.device).type}


_encoders: dict[str, PairEncoder] = {}


class Outcome(NamedTuple):
    """What came of a shard.

    Attributes:
        record: of its latents; `None` if another process, maybe of another machine, is at work on
            them.
        is_new: whether they were written by this process.
    """

    record: LatentRecord | None
    is_new: bool


def whole_record(shard: Path, key: str) -> LatentRecord | None:
    """Return the record of a shard's latents, read to the last byte; `None` if there are none.

    Those of an earlier shard of that name are none.

    Raises:
        DataError: if they are damaged.
    """
    latents = latents_of(shard, key)
    record = read_record(latents)
    if record is None or record.audio_sha256 != read_shard_index(shard).sha256:
        return None
    if file_sha256(latents) != record.sha256:
        raise DataError(f"The bytes of {latents} are not those that its record tells of.")
    return record


def write_in_process(
    job: LatentJob, shard: Path, on_pair: Callable[[int], None] | None = None
) -> Outcome:
    """Write the latents of a shard, with the codec that this process keeps for a job.

    What another process has written since it was found missing stays.

    Raises:
        DataError, StopRun: as `PairEncoder.write`.
    """
    if job.id not in _encoders:
        _encoders.clear()
        codec = build_frozen_codec(job.recipe, job.open_catalog(), torch.device(job.device))
        _encoders[job.id] = PairEncoder(codec, job.codec, job.device)
    target = latents_of(shard, job.codec.key)
    with held(target.with_suffix(LOCKED)) as mine:
        if not mine:
            return Outcome(None, is_new=False)
        with suppress(DataError):
            record = whole_record(shard, job.codec.key)
            if record is not None:
                return Outcome(record, is_new=False)
        for left in target.parent.glob(f".{target.stem}.*{PART}"):
            left.unlink(missing_ok=True)  # of a process that was killed
        return Outcome(_encoders[job.id].write(shard, on_pair), is_new=True)
