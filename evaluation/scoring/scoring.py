"""Scores sets of files: opens, pairs, looks into, measures, and reports."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from ...core.catalog import Catalog
from ...core.data.bounded_folder import BoundedFolder
from ...core.data.cache_folder import HEARD_GB
from ...core.errors import MediaError
from .clip_set import NAMED, ClipSet, open_set
from .config import ScoreOptions
from .describing import (
    describe_pairing,
    describe_sets,
    notes_on,
    reference_digest,
    text_digests,
    videos_digest,
)
from .measures import check_needs, with_read_beside
from .pairing import Row, pair_sets
from .preparing import PreparedRow, count_steps, prepare_rows
from .processes import Pool
from .report import ScoreReport
from .screening import Facts, Screen
from .seen_videos import are_by_reference, look_at_videos
from .tally import Tally
from .versions import versions_of
from .worker import BATCH, Job, Worker, one_thread

LOOKED_AT = 32
"""Files that a process looks into at a time."""

OnProgress = Callable[[str, int, int], None]
ItemT = TypeVar("ItemT")


class Scored(NamedTuple):
    """What was found, and the rows with a generated clip, by id."""

    report: ScoreReport
    rows: dict[str, PreparedRow]


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
    generated = open_set("generated", options.generated)
    reference = open_set("reference", options.reference) if options.reference else None
    videos = open_set("video", options.videos) if options.videos else None
    kept = BoundedFolder(cache, cache_gb)
    has_pairs = options.pairs is not None or _are_alike(generated, reference)
    wanted = with_read_beside(options.metrics, options.options, catalog, has_pairs=has_pairs)
    job = Job(wanted.metrics, wanted.options, kept, open_catalog)
    worker = Worker(job, catalog)
    check_needs(worker.measures, None, has_reference=reference is not None)
    sees = any(measure.sees for measure in worker.measures)
    pairing = pair_sets(
        generated,
        reference,
        is_paired=any(measure.needs_pairs for measure in worker.measures)
        or (sees and videos is None and are_by_reference(generated, reference)),
        pairs=options.pairs,
        captions=options.captions,
        allow_missing=options.allow_missing,
    )
    with ExitStack() as stack:
        pool = stack.enter_context(Pool(job, processes)) if processes > 1 else None
        facts, broken = _look(pairing.rows, kept, pool, on_progress)
        if broken and not options.skip_unreadable:
            raise MediaError(_told(broken))
        rows = _without(pairing.rows, broken)
        seen = look_at_videos(rows, videos) if sees else {}
        check_needs(worker.measures, rows, has_reference=reference is not None, videos=seen)
        compares = any(m.needs_pairs and not m.listens for m in worker.measures)
        prepared = prepare_rows(rows, facts, options.policies, compares=compares, videos=seen)
        if pool is not None:
            done = 0
            for count in pool.measure(_batches(prepared, BATCH)):
                done += count
                on_progress("measured", done, len(prepared))
    if pool is not None:
        worker.reopen()
    tally = _measure(worker, prepared, on_progress if pool is None else lambda *_: None)
    if not options.skip_unmeasurable:
        tally.check_complete()
    results, refused = tally.results(
        options.shared_fingerprint(),
        reference=reference_digest(rows, facts),
        texts=text_digests(rows, [m.reads for m in worker.measures if m.reads]),
        videos=videos_digest(seen),
    )
    sets = describe_sets(_sides(generated, reference), rows, facts, broken)
    flags, notes = notes_on(sets, pairing, tally, options.row_cut)
    notes += [
        f"'{name}' is not known: it needs the reference of each clip." for name in wanted.lacking
    ]
    report = ScoreReport(
        request=request_of(options),
        versions=versions_of(catalog),
        sets=sets,
        pairing=describe_pairing(pairing, rows),
        applied=count_steps(prepared),
        results=tuple(results),
        refused=refused,
        left_out={name: dict(rows_) for name, rows_ in tally.left_out.items()},
        undefined={name: dict(rows_) for name, rows_ in tally.undefined.items()},
        clips={name: dict(values) for name, values in tally.clips.items()},
        flags=tuple(flags),
        notes=tuple(notes),
        made={
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(monotonic() - began, 3),
            "processes": processes,
            **worker.counts(),
        },
    )
    return Scored(report, {row.id: row for row in prepared if row.generated is not None})


def _are_alike(generated: ClipSet, reference: ClipSet | None) -> bool:
    return reference is not None and generated.clips.keys() == reference.clips.keys()


def request_of(options: ScoreOptions) -> dict[str, Any]:
    """Return what was asked for as plain values, with absolute paths."""
    values = options.model_dump(mode="json")
    for name in ("generated", "reference", "pairs", "captions", "videos"):
        path = getattr(options, name)
        values[name] = str(path.expanduser().resolve()) if path is not None else None
    return values


def _look(
    rows: Iterable[Row], cache: BoundedFolder, pool: Pool | None, on_progress: OnProgress
) -> tuple[dict[Path, Facts], dict[Path, str]]:
    """Return the facts of all files, and why some cannot be read."""
    clips = (clip for row in rows for clip in (row.generated, row.reference) if clip is not None)
    paths = list(dict.fromkeys(clip.path for clip in clips))
    batches = list(_batches(paths, LOOKED_AT))
    facts: dict[Path, Facts] = {}
    broken: dict[Path, str] = {}
    found = pool.look(batches) if pool is not None else _look_here(batches, cache)
    for path, one in zip(paths, itertools.chain.from_iterable(found), strict=True):
        if isinstance(one, Facts):
            facts[path] = one
        else:
            broken[path] = one
        on_progress("looked at", len(facts) + len(broken), len(paths))
    return facts, broken


def _look_here(
    batches: Iterable[Sequence[Path]], cache: BoundedFolder
) -> Iterator[list[Facts | str]]:
    screen = Screen(cache)
    for batch in batches:
        with one_thread():
            found = [screen.look(path) for path in batch]
        yield found
    screen.cache.flush()


def _measure(worker: Worker, rows: Sequence[PreparedRow], on_progress: OnProgress) -> Tally:
    """Return what the metrics make of all rows; what is known is read."""
    tally, done = Tally(worker.measures), 0
    try:
        for batch in _batches(rows, BATCH):
            for found in worker.measure(batch):
                tally.add(found)
            done += len(batch)
            on_progress("measured", done, len(rows))
    finally:
        worker.save()
    return tally


def _without(rows: Iterable[Row], broken: dict[Path, str]) -> list[Row]:
    """Return the rows without the clips that cannot be read, and without rows that had no other."""
    kept = []
    for row in rows:
        made, wanted = (
            clip if clip is not None and clip.path not in broken else None
            for clip in (row.generated, row.reference)
        )
        if made is not None or wanted is not None:
            kept.append(replace(row, generated=made, reference=wanted))
    return kept


def _sides(generated: ClipSet, reference: ClipSet | None) -> list[ClipSet]:
    return [generated, *([reference] if reference is not None else [])]


def _told(broken: dict[Path, str]) -> str:
    reasons = list(broken.values())
    more = f" … and {len(reasons) - 4 * NAMED} more" if len(reasons) > 4 * NAMED else ""
    return (
        f"{len(reasons)} files cannot be read. {' '.join(reasons[: 4 * NAMED])}{more} Mend or "
        "remove them, or leave them out, counted, with --skip-unreadable."
    )


def _batches(items: Sequence[ItemT], size: int) -> list[Sequence[ItemT]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
