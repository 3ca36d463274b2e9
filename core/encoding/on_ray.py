"""Shards written by the tasks of a Ray cluster; the extra ``ray``."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from ..errors import AudioOmniError, DataError
from ..ray_cluster import joined_cluster
from .encoder import Job, write_in_process
from .index import Shard
from .shard import Record

RETRIES = 3
"""Times that a shard is tried again when its node is lost."""


def write_on_ray(job: Job, shards: Sequence[Shard], workers: int) -> Generator[Record]:
    """Yield the record of each shard as it is written by a task of the cluster.

    The cluster is that of `ray_cluster.joined_cluster`.

    Args:
        job: its folder has to be reached by all nodes under the same path.
        shards: what to write.
        workers: tasks at a time; 0: one for each CPU of the cluster, or each GPU.

    Raises:
        PluginError: if Ray is not installed, or its cluster cannot be reached.
        DataError: if a node was lost too often; what was written stays.
        AudioOmniError: the first that a task raised.
    """
    if not shards:
        return
    with joined_cluster(otherwise="use --workers on this machine") as ray:
        yield from _write(ray, job, shards, workers)


def _write(ray: Any, job: Job, shards: Sequence[Shard], workers: int) -> Generator[Record]:
    on_gpu = job.device.startswith("cuda")
    room = int(ray.cluster_resources().get("GPU" if on_gpu else "CPU", 1))
    # A task sees the GPU that the cluster gave it as its first one.
    shared = ray.put(replace(job, device="cuda" if on_gpu else job.device))
    task = ray.remote(_task).options(num_cpus=1, num_gpus=1 if on_gpu else 0, max_retries=RETRIES)
    waiting = list(reversed(shards))
    running: list[Any] = []
    while waiting or running:
        while waiting and len(running) < (workers or max(1, room)):
            shard = waiting.pop()
            running.append(task.remote(shared, shard.entry, shard.number, shard.rows, sys.path))
        done, running = ray.wait(running)
        for one in done:
            yield _result(ray, one)


def _task(job: Job, entry: int, number: int, rows: range, paths: Sequence[str]) -> Record:
    """Write a shard in a process of the cluster, where plugins are found as they are here."""
    sys.path.extend(path for path in paths if path not in sys.path)
    return write_in_process(job, entry, number, rows)


def _result(ray: Any, reference: Any) -> Record:
    try:
        record: Record = ray.get(reference)
    except ray.exceptions.RayTaskError as failure:
        if isinstance(failure.cause, AudioOmniError):
            raise failure.cause from None
        raise
    except ray.exceptions.RayError as failure:
        raise DataError(
            f"A task of the Ray cluster was lost {RETRIES + 1} times ({failure}). What was written "
            "stays: run the command again to go on."
        ) from None
    return record
