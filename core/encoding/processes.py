"""Shards written by several processes of one machine."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..processes import in_processes
from .encoder import Job, write_in_process
from .index import Shard
from .shard import Record


def write_with_processes(job: Job, shards: Sequence[Shard], workers: int) -> Generator[Record]:
    """Yield the record of each shard as it is written.

    Raises:
        DataError: if a process died; what was written stays.
        AudioOmniError: the first that a process raised.
    """
    calls = [(job, shard.entry, shard.number, shard.rows) for shard in shards]
    yield from in_processes(write_in_process, calls, workers)
