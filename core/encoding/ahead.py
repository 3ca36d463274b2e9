"""Encode the rows of a recipe ahead of training: by one process, by many, or over a cluster."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from ..catalog import Catalog
from ..errors import ConfigError, DataError
from ..recipe import Recipe
from ..training.output import learned_output
from ..training.run_facts import pick_device
from ..whole_file import PART
from .encoder import Encoder, Job, build_frozen
from .index import EncodedIndex, Shard, read_index, write_index
from .on_ray import write_on_ray
from .plan import plan
from .processes import write_with_processes
from .reading import check_bytes, read_record
from .shard import Record

SHARD_ROWS = 1000
LOCK = ".lock"
NAMED = 3
"""Broken rows that the error of a run with too many names."""

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class EncodeOutcome:
    """What came of it.

    Attributes:
        folder: where the shards are.
        rows: rows in all of them, broken ones included.
        shards: how many there are.
        written: shards that this call wrote; the others were there.
        damaged: what was wrong with shards that were there and were written again.
        broken: rows that are broken in their source.
        cut: rows that were longer than a clip.
        bytes: size of all shards.
        seconds: how long it took.
    """

    folder: Path
    rows: int
    shards: int
    written: int
    damaged: tuple[str, ...]
    broken: int
    cut: int
    bytes: int
    seconds: float

    def describe(self) -> str:
        """Return some sentences for the terminal."""
        told = [
            f"{self.rows} rows in {self.shards} shards of {self.folder} "
            f"({self.bytes / 1e6:.1f} MB), {self.written} written now."
        ]
        told += [f"Written again: {problem}" for problem in self.damaged]
        if self.broken:
            told.append(f"{self.broken} rows are broken; a run counts them as it meets them.")
        if self.cut:
            told.append(
                f"{self.cut} rows were longer than a clip: each has one crop, the same in every "
                "epoch."
            )
        told.append(f"Train from them: --set loader.encoded={self.folder}")
        return "\n".join(told)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "folder": str(self.folder), "damaged": list(self.damaged)}


def encode_ahead(
    recipe: Recipe,
    open_catalog: Callable[[], Catalog],
    folder: Path,
    *,
    workers: int = 1,
    on_ray: bool = False,
    device: str = "auto",
    shard_rows: int = SHARD_ROWS,
    half: bool = False,
    on_progress: OnProgress | None = None,
) -> EncodeOutcome:
    """Write latents and frozen features of a recipe's rows into shards; go on where one stopped.

    Shards are the same bytes however many processes write them, on the same kind of machine.

    Args:
        recipe: whose mixture is encoded, by its frozen part.
        open_catalog: returns the plugins; called in every process, so it has to be picklable.
        folder: made if missing. With ``on_ray`` all nodes have to reach it under this path.
        workers: processes; with ``on_ray``, tasks at a time (0: as many as the cluster has room
            for).
        on_ray: encode over a Ray cluster.
        device: where the frozen networks run.
        shard_rows: rows of a shard.
        half: store floating-point values as float16.
        on_progress: called with (rows done, rows in all).

    Raises:
        ConfigError: if the recipe learns text, or the folder was begun with another frozen part,
            or another process writes into it.
        DataError: if more rows are broken than ``loader.max_skipped``, or a shard cannot be
            written; what was written stays.
        PluginError: if Ray is asked for and not installed.
    """
    began, catalog = monotonic(), open_catalog()
    if learned_output(recipe, catalog) == "text":
        raise ConfigError(
            "This recipe trains a language model to answer: nothing of it is frozen, and nothing "
            "can be encoded ahead. Name a recipe that makes audio."
        )
    target = pick_device(device)
    with _alone_in(folder):
        model = build_frozen(recipe, catalog, target)
        old = read_index(folder)
        index = plan(recipe, catalog, folder, model, old=old, shard_rows=shard_rows, half=half)
        write_index(folder, index)
        tally = _Tally(index, recipe.loader.max_skipped, on_progress)
        missing = [shard for shard in index.shards() if not tally.keeps(folder, shard)]
        for entry in {shard.entry for shard in missing}:
            (folder / index.entries[entry].folder).mkdir(exist_ok=True)
        root = folder.absolute()  # for processes that stand elsewhere
        job = Job(uuid.uuid4().hex, recipe, root, index.entries, open_catalog, str(target), half)
        records: Generator[Record]
        if on_ray:
            records = write_on_ray(job, missing, workers)
        elif workers > 1:
            del model  # each process has its own
            records = write_with_processes(job, missing, workers)
        else:
            records = _write_here(Encoder(job, catalog, model), missing, tally)
        with closing(records):
            for record in records:
                tally.add(record)
    return tally.outcome(folder, written=len(missing), seconds=monotonic() - began)


def _write_here(encoder: Encoder, missing: Sequence[Shard], tally: _Tally) -> Generator[Record]:
    for shard in missing:
        yield encoder.write(shard.entry, shard.number, shard.rows, tally.on_rows)


class _Tally:
    """Counts what is done, and stops when too many rows are broken."""

    def __init__(self, index: EncodedIndex, most: int, on_progress: OnProgress | None) -> None:
        self.index = index
        self.most_broken = most
        self.on_progress = on_progress
        self.total = sum(entry.rows for entry in index.entries)
        self.rows = self.shards = self.cut = self.bytes = self._ahead = 0
        self.broken: list[str] = []
        self.damaged: list[str] = []

    def keeps(self, folder: Path, shard: Shard) -> bool:
        """Tell whether a shard is there already, and count it if it is."""
        own = folder / self.index.entries[shard.entry].folder
        try:
            record = read_record(own, shard.number, shard.rows)
            if record is not None:
                check_bytes(own, shard.number, record)
        except DataError as failure:
            self.damaged.append(str(failure))
            return False
        if record is not None:
            self.add(record)
        return record is not None

    def add(self, record: Record) -> None:
        """Count a shard."""
        self.rows += record.rows
        self.shards += 1
        self.cut += record.cut
        self.bytes += record.bytes
        self.broken += [message for _, message in record.broken.values()]
        self._ahead = 0
        self.on_rows(0)
        if len(self.broken) > self.most_broken:
            named = "; ".join(self.broken[:NAMED])
            raise DataError(
                f"{len(self.broken)} rows are broken; the recipe allows {self.most_broken} "
                f"(loader.max_skipped). {named}. What was encoded stays. Mend them or raise the "
                "number, then run the command again."
            )

    def on_rows(self, count: int) -> None:
        """Tell of rows within a shard."""
        self._ahead += count
        if self.on_progress is not None:
            self.on_progress(self.rows + self._ahead, self.total)

    def outcome(self, folder: Path, *, written: int, seconds: float) -> EncodeOutcome:
        """Return what came of it all."""
        return EncodeOutcome(
            folder=folder,
            rows=self.rows,
            shards=self.shards,
            written=written,
            damaged=tuple(self.damaged),
            broken=len(self.broken),
            cut=self.cut,
            bytes=self.bytes,
            seconds=seconds,
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep others from writing into a folder, and clear away what a killed process left there.

    The system lets go of the lock when a process ends, however it ends.

    Raises:
        ConfigError: if the folder cannot be written, or another process writes into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as failure:
        raise ConfigError(
            f"Cannot write into {folder}: {failure.strerror}. Expected a folder, or the name of a "
            "new one, on a disk with room."
        ) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"Another process is encoding into {folder}. Wait for it, or name another folder."
            ) from None
        for left in folder.glob(f"*/.*{PART}"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(lock)
