"""Make a data set, or go on with it: all stages, then shards and manifests."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from ...core.catalog import Catalog
from .beginning import begin
from .config import AudioEditConfig
from .funnel import StageCounts, funnel
from .latents.upkeep import remove_stale
from .packing.collect import finished
from .packing.manifests import write_manifests
from .packing.selection import Selection, select
from .packing.shards import Packed, pack
from .packing.sources_lock import write_sources
from .quarantine import write_quarantine
from .quotas import Quota, asked_for, counted, missing_recordings, quotas
from .real.label import labeller_of
from .records import EditRecord
from .splits.blocklist import blocked_by
from .stages.leftovers import remove_leftovers
from .stages.local import LocalProcesses
from .stages.on_ray import RayData
from .stages.pipeline import Step, check_stage
from .stages.runner import Executor, in_this_process, run_steps
from .stages.stopping import StopRun
from .stages.tally import OnTally
from .stages.workshop import OpenCatalog, Workshop
from .workspace import open_workshop

ExecutorName = Literal["local", "ray"]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """What came of a run.

    Attributes:
        root: the data set's folder.
        funnel: of all stages.
        records: the pairs that were packed.
        left_out: reason → finished pairs that were not.
        shards: what was packed; empty if nothing was.
        seconds: how long this run took.
        quotas: pairs asked for beside those packed; empty if nothing was packed.
    """

    root: Path
    funnel: list[StageCounts]
    records: list[EditRecord]
    left_out: dict[str, int]
    shards: list[Packed]
    seconds: float
    quotas: Sequence[Quota] = ()

    @property
    def missing(self) -> int:
        """Return how many recordings were not where their row says."""
        return missing_recordings(line.to_dict() for line in self.funnel)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "folder": str(self.root),
            "pairs": len(self.records),
            "left_out": self.left_out,
            "quotas": [quota.to_dict() for quota in self.quotas],
            "missing": self.missing,
            "shards": [
                {"file": s.path.relative_to(self.root.absolute()).as_posix(), "samples": s.samples,
                 "sha256": s.sha256, "bytes": s.bytes}
                for s in self.shards
            ],
            "funnel": [line.to_dict() for line in self.funnel],
            "seconds": round(self.seconds, 1),
        }  # fmt: skip


def make(
    root: Path,
    config: AudioEditConfig,
    open_catalog: OpenCatalog,
    *,
    catalog: Catalog | None = None,
    workers: int = 1,
    executor: ExecutorName = "local",
    stage: str | None = None,
    limit: int | None = None,
    redo: str | None = None,
    on_tally: OnTally | None = None,
) -> Made:
    """Run what is left to do, and pack what is finished.

    The pairs, the shards and their hashes are the same for any number of processes, any order,
    and however often the run was ended in between.

    Args:
        root: folder; made if missing, gone on with if begun.
        config: of the data set.
        open_catalog: returns the plugins; called in every process, so it has to be picklable.
        catalog: the plugins of this process; left out: opened.
        workers: processes; of Ray, actors (0: as many as there is room for).
        executor: this machine, or a Ray cluster.
        stage: run this one alone, and do not pack.
        limit: make only what comes of the first so many scenes (or clips) of a branch.
        redo: do this stage anew, and all that follow from it; what was there is not looked at.
        on_tally: is told of every outcome.

    Raises:
        ConfigError: if the folder was begun with another configuration, or holds something else.
        DataError: if there is no such stage.
        PluginError: if a provider or Ray is missing; before any work.
        DataError: if the blocklist cannot be read; before any work, too.
        StopRun: if the run ended early; the same call goes on.
    """
    began = monotonic()
    workshop, job, steps = open_workshop(root, config, open_catalog, catalog, redo=redo)
    check_stage(steps, stage)
    _build_what_packing_needs(workshop, packs=stage is None)
    workshop.check_providers()
    blocked_by(config.split)  # whether it can be read is told before any work
    labeller = None if config.real is None else labeller_of(workshop)
    keys, plugins = workshop.keys, workshop.catalog
    begin(workshop.root, config, keys, plugins, labeller, redone=workshop.redone)
    with ExitStack() as stack:
        execute: Executor = partial(in_this_process, workshop=workshop)
        if executor == "ray":
            execute = stack.enter_context(RayData(workers))
        elif workers > 1:
            execute = stack.enter_context(LocalProcesses(workers))
        try:
            run_steps(job, workshop, steps, execute, only=stage, limit=limit, on_tally=on_tally)
        except StopRun:
            with suppress(StopRun):  # a full disk is told of once
                write_quarantine(workshop, steps)  # what failed may be why the run stopped
            raise
    write_quarantine(workshop, steps)
    if stage is not None:
        return Made(root, funnel(workshop, steps), [], {}, [], monotonic() - began)
    chosen, shards = pack_all(workshop, steps)
    left_out = dict(sorted(chosen.left_out.items()))
    counts = funnel(workshop, steps)
    met = quotas(asked_for(config, limit), counted(chosen.records))
    return Made(root, counts, chosen.records, left_out, shards, monotonic() - began, met)


def pack_all(workshop: Workshop, steps: Sequence[Step]) -> tuple[Selection, list[Packed]]:
    """Write shards and manifests of the finished pairs that `select` keeps, and what they are of.

    Latents of shards that hold other pairs now are deleted, which is logged.

    Raises:
        DataError: if records clash, or audio is missing or damaged.
        StopRun: if the disk is full.
    """
    selection = select(workshop, finished(workshop, steps))
    records = selection.records
    shards = list(pack(records, workshop.blobs, workshop.root / "shards", workshop.config.pack))
    stale = remove_stale(workshop.root)
    if stale:
        logger.warning(
            "%d shards of latents were of other pairs than are packed now, and are deleted. Make "
            "them anew: audio-omni audioedit encode.", stale,
        )  # fmt: skip
    write_manifests(records, workshop.blobs, workshop.root)
    write_sources(workshop, steps)
    remove_leftovers(workshop.root)
    return selection, shards


def _build_what_packing_needs(workshop: Workshop, *, packs: bool) -> None:
    """Build the provider that only packing uses, so that it is checked before any work starts.

    Raises:
        ConfigError, PluginError, UnknownNameError: if it cannot be had; says what to get.
    """
    config = workshop.config
    if packs and config.split.leak_guard and config.pack.leak_scorer is not None:
        workshop.provider("scorer", config.pack.leak_scorer)
