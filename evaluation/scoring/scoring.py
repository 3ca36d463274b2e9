"""Scores sets of files: opens, pairs, looks into, measures, and reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from ...core.catalog import Catalog
from ...core.data.bounded_folder import BoundedFolder
from ...core.data.cache_folder import HEARD_GB
from .config import ScoreOptions
from .describing import (
    describe_pairing,
    describe_sets,
    notes_on,
    reference_digest,
    text_digests,
    videos_digest,
)
from .looking import Looked, OnProgress, look_into
from .measures import Measure, check_needs, with_read_beside
from .pairing import Pairing, Row, pair_sets
from .preparing import PreparedRow, count_steps, prepare_rows
from .processes import Pool
from .report import ScoreReport
from .seen_videos import SeenVideo, are_by_reference, look_at_videos
from .sides import Sides, open_sides, request_of
from .slices import slices_of
from .tally import Tally
from .versions import versions_of
from .worker import BATCH, Job, Worker


class Scored(NamedTuple):
    """What was found, and the rows with a generated clip, by id."""

    report: ScoreReport
    rows: dict[str, PreparedRow]


class _Ready(NamedTuple):
    """Rows ready to be measured, and what is known of them before."""

    sides: Sides
    pairing: Pairing
    looked: Looked
    seen: dict[str, SeenVideo]
    rows: list[PreparedRow]


def score(
    options: ScoreOptions,
    open_catalog: Callable[[], Catalog],
    cache: Path,
    *,
    processes: int = 1,
    cache_gb: float = HEARD_GB,
    on_progress: OnProgress = lambda *_: None,
) -> Scored:
    """Return the metrics of a set of clips, and how they were measured.

    What was heard and measured is kept in ``cache`` by the content of files: a second call, or one
    after a kill, computes only what is not there. The result does not depend on the number of
    processes, nor on the order of files.

    Args:
        options: what to score.
        open_catalog: returns the plugins; called in every process, so it has to be picklable.
        cache: folder; made if missing.
        processes: that share the work, each with one thread.
        cache_gb: what the folder may hold, in 10^9 bytes; what was unused for longest goes.
        on_progress: called with (what is done, clips done, clips in all).

    Raises:
        DataError, MediaError, RequestError, ConfigError, UnknownNameError: for sets, files, rows
            and metrics that do not fit; each says what to do.
    """
    began, catalog = monotonic(), open_catalog()
    for name in options.metrics:
        catalog.metrics.get(name)
    sides = open_sides(options)
    kept = BoundedFolder(cache, cache_gb)
    has_pairs = options.pairs is not None or sides.have_equal_ids()
    wanted = with_read_beside(options.metrics, options.options, catalog, has_pairs=has_pairs)
    job = Job(wanted.metrics, wanted.options, kept, open_catalog)
    worker = Worker(job, catalog)
    with ExitStack() as stack:
        pool = stack.enter_context(Pool(job, processes)) if processes > 1 else None
        skips = options.skip_unreadable
        ready = _prepare(
            options,
            sides,
            worker.measures,
            lambda rows: look_into(rows, kept, pool, on_progress, skip_unreadable=skips),
        )
        if pool is not None:
            _fill_cache(pool, ready.rows, on_progress)
    if pool is not None:
        worker.reopen()
    tally = _measure(worker, ready.rows, on_progress if pool is None else lambda *_: None)
    if not options.skip_unmeasurable:
        tally.check_complete()
    made = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(monotonic() - began, 3),
        "processes": processes,
        **worker.counts(),
    }
    versions = versions_of(catalog)
    report = _report(options, ready, tally, wanted.lacking, versions=versions, made=made)
    return Scored(report, {row.id: row for row in ready.rows if row.generated is not None})


def _prepare(
    options: ScoreOptions,
    sides: Sides,
    measures: Sequence[Measure],
    look: Callable[[Sequence[Row]], Looked],
) -> _Ready:
    """Return the rows as they are measured; refuses those that a metric cannot do with."""
    has_reference = sides.reference is not None
    check_needs(measures, None, has_reference=has_reference)
    sees = any(measure.sees for measure in measures)
    pairing = pair_sets(
        sides.generated,
        sides.reference,
        is_paired=any(measure.needs_pairs for measure in measures)
        or (sees and sides.videos is None and are_by_reference(sides.generated, sides.reference)),
        pairs=options.pairs,
        captions=options.captions,
        allow_missing=options.allow_missing,
    )
    looked = look(pairing.rows)
    seen = look_at_videos(looked.rows, sides.videos) if sees else {}
    check_needs(measures, looked.rows, has_reference=has_reference, videos=seen)
    compares = any(measure.needs_pairs and not measure.listens for measure in measures)
    rows = prepare_rows(looked.rows, looked.facts, options.policies, compares=compares, videos=seen)
    return _Ready(sides, pairing, looked, seen, rows)


def _fill_cache(pool: Pool, rows: Sequence[PreparedRow], on_progress: OnProgress) -> None:
    """Let all processes measure, so that what they find is known afterwards."""
    done = 0
    for count in pool.measure(slices_of(rows, BATCH)):
        done += count
        on_progress("measured", done, len(rows))


def _measure(worker: Worker, rows: Sequence[PreparedRow], on_progress: OnProgress) -> Tally:
    """Return what the metrics make of all rows; what is known is read."""
    tally, done = Tally(worker.measures), 0
    try:
        for batch in slices_of(rows, BATCH):
            for found in worker.measure(batch):
                tally.add(found)
            done += len(batch)
            on_progress("measured", done, len(rows))
    finally:
        worker.save()
    return tally


def _report(
    options: ScoreOptions,
    ready: _Ready,
    tally: Tally,
    lacking: Sequence[str],
    *,
    versions: dict[str, str],
    made: dict[str, Any],
) -> ScoreReport:
    rows, facts, broken = ready.looked
    results, refused = tally.results(
        options.shared_fingerprint(),
        reference=reference_digest(rows, facts),
        texts=text_digests(rows, [m.reads for m in tally.measures if m.reads]),
        videos=videos_digest(ready.seen),
    )
    sets = describe_sets(ready.sides.heard(), rows, facts, broken)
    flags, notes = notes_on(sets, ready.pairing, tally, options.row_cut)
    notes += [f"'{name}' is not known: it needs the reference of each clip." for name in lacking]
    return ScoreReport(
        request=request_of(options),
        versions=versions,
        sets=sets,
        pairing=describe_pairing(ready.pairing, rows),
        applied=count_steps(ready.rows),
        results=tuple(results),
        refused=refused,
        left_out={name: dict(own) for name, own in tally.left_out.items()},
        undefined={name: dict(own) for name, own in tally.undefined.items()},
        clips={name: dict(values) for name, values in tally.clips.items()},
        flags=tuple(flags),
        notes=tuple(notes),
        made=made,
    )
