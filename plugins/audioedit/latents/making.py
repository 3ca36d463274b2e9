"""Encode the pairs of a data set ahead of training: what is missing, by one process or several."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from ....core.catalog import Catalog
from ....core.codec_identity import CodecIdentity
from ....core.encoding.codec import build_frozen_codec
from ....core.errors import DataError
from ....core.models.identify import identify_codec
from ....core.processes import in_processes
from ....core.recipe import Recipe
from ....core.training.run_facts import pick_device
from ..packing.index import read_shard_index
from .encoding import LatentJob, Outcome, whole_record, write_in_process
from .record import LatentRecord

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class LatentsMade:
    """What came of it.

    Attributes:
        codec: what made the latents.
        pairs: in all shards of latents that are there now.
        shards: how many there are.
        written: shards that this call wrote; the others were there.
        damaged: what was wrong with shards that were there and were written again.
        elsewhere: shards that other processes are at work on.
        bytes: size of all.
        seconds: how long it took.
    """

    codec: CodecIdentity
    pairs: int
    shards: int
    written: int
    damaged: tuple[str, ...]
    elsewhere: int
    bytes: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        codec = {"key": self.codec.key, **self.codec.model_dump(mode="json")}
        return {**vars(self), "codec": codec, "damaged": list(self.damaged)}

    def describe(self, root: Path) -> str:
        """Return some sentences for the terminal."""
        told = [
            f"Latents of {self.pairs} pairs in {self.shards} shards ({self.bytes / 1e6:.1f} MB) by "
            f"codec {self.codec.describe()}, {self.written} written now."
        ]
        told += [f"Written again: {problem}" for problem in self.damaged]
        if self.elsewhere:
            told.append(
                f"{self.elsewhere} shards are left to other processes that are at work on them."
            )
        told.append(f"Train from them: uri audioedit:{root}?latents={self.codec.key}")
        return "\n".join(told)


def encode_latents(
    root: Path,
    recipe: Recipe,
    open_catalog: Callable[[], Catalog],
    *,
    workers: int = 1,
    device: str = "auto",
    on_progress: OnProgress | None = None,
) -> LatentsMade:
    """Write latents of all packed pairs by the codec of a recipe; go on where one stopped.

    The shards of audio are all that is needed of the data set. Shards of latents are the same
    bytes for any number of processes and after any interruption, on the same kind of machine.

    Args:
        root: folder of the data set.
        recipe: whose codec encodes.
        open_catalog: returns the plugins; called in every process, so it has to be picklable.
        workers: processes.
        device: where the codec runs.
        on_progress: called with (pairs done, pairs in all).

    Raises:
        ConfigError, CheckpointError: as the codec is built.
        DataError: if nothing is packed, or a shard or a clip is damaged; what was written stays.
        StopRun: if the disk is full; the same call goes on.
    """
    began, target = monotonic(), pick_device(device)
    root = root.absolute()  # for processes that stand elsewhere
    shards = sorted(root.glob("shards/*/*.tar"))
    if not shards:
        raise DataError(
            f"{root} has no shards; expected some below shards/. Pack them first: "
            f"audio-omni audioedit pack {root}."
        )
    catalog = open_catalog()
    codec = build_frozen_codec(recipe, catalog, target)
    identity = identify_codec(codec, recipe.model.codec, catalog)
    del codec  # each process has its own
    sizes = {shard: len(read_shard_index(shard).samples) for shard in shards}
    damaged: list[str] = []
    there = {shard: _there(shard, identity.key, damaged) for shard in shards}
    missing = [shard for shard in shards if there[shard] is None]
    job = LatentJob(uuid.uuid4().hex, recipe, identity, open_catalog, str(target))
    done = sum(sizes.values()) - sum(sizes[shard] for shard in missing)
    progress = _Progress(done, sum(sizes.values()), on_progress)
    found = [record for record in there.values() if record is not None]
    with closing(_write(job, missing, workers, progress)) as outcomes:
        made = list(outcomes)
    found += [outcome.record for outcome in made if outcome.record is not None]
    return LatentsMade(
        codec=identity,
        pairs=sum(record.samples for record in found),
        shards=len(found),
        written=sum(outcome.is_new for outcome in made),
        damaged=tuple(damaged),
        elsewhere=sum(outcome.record is None for outcome in made),
        bytes=sum(record.bytes for record in found),
        seconds=monotonic() - began,
    )


def _there(shard: Path, key: str, damaged: list[str]) -> LatentRecord | None:
    """Return the record of a shard's latents if they are whole; damage is noted."""
    try:
        return whole_record(shard, key)
    except DataError as failure:
        damaged.append(str(failure))
        return None


class _Progress:
    def __init__(self, done: int, total: int, on_progress: OnProgress | None) -> None:
        self.done, self.total, self.on_progress = done, total, on_progress
        self.add(0)

    def add(self, pairs: int) -> None:
        self.done += pairs
        if self.on_progress is not None:
            self.on_progress(self.done, self.total)


def _write(
    job: LatentJob, missing: list[Path], workers: int, progress: _Progress
) -> Generator[Outcome]:
    if workers == 1 or len(missing) < 2:
        for shard in missing:
            outcome = write_in_process(job, shard, progress.add)
            progress.add(outcome.record.samples if outcome.record and not outcome.is_new else 0)
            yield outcome
        return
    calls = [(job, shard) for shard in missing]
    for outcome in in_processes(write_in_process, calls, min(workers, len(missing))):
        progress.add(outcome.record.samples if outcome.record else 0)
        yield outcome
