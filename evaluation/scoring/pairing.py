"""Which clips belong together: by id, or as a file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ...core.data.manifest_truth import TRUTHS
from ...core.errors import DataError
from ...core.payloads import VIDEO
from .clip_set import ClipFile, ClipSet, listed
from .tables import read_table


@dataclass(frozen=True)
class Row:
    """A generated clip with its reference; or one of them, where the other is not there.

    Attributes:
        id: of the row.
        generated: what a system made.
        reference: what it should have been.
        fields: caption and other plain values.
        truth: what is known about the clip; see `core.source.Row`.
        video: what the clip was made for, where a table says so.
    """

    id: str
    generated: ClipFile | None
    reference: ClipFile | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    video: Path | None = None


@dataclass(frozen=True)
class Pairing:
    """All rows in the order of their ids, and how they were found.

    Attributes:
        rows: pairs first in mind, and lone clips of either side.
        how: ``"ids"``, ``"pairs file"``, or ``"none"`` where nothing needs pairs.
        missing: generated clips without a reference.
        extra: references without a generated clip.
        not_named: clips of both sides that a file of pairs leaves out.
    """

    rows: tuple[Row, ...]
    how: Literal["ids", "pairs file", "none"]
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    not_named: int = 0


def pair_sets(
    generated: ClipSet,
    reference: ClipSet | None,
    *,
    is_paired: bool,
    pairs: Path | None = None,
    captions: Path | None = None,
    allow_missing: bool = False,
) -> Pairing:
    """Return the rows of two sets.

    Args:
        generated: the clips to measure.
        reference: their references, if there are any.
        is_paired: whether a metric needs the reference of each clip.
        pairs: a table of ``generated, reference`` (ids or paths in the sets), and perhaps ``id``,
            ``caption`` and further fields.
        captions: a table of ``id, caption`` and further fields.
        allow_missing: keep the pairs that there are.

    Raises:
        DataError: if ids do not match and need to; lists the first ones of each side.
    """
    if pairs is not None:
        found = _named_pairs(pairs, generated, reference)
    elif reference is None or not is_paired:
        found = _unpaired(generated, reference)
    else:
        found = _paired_by_id(generated, reference, allow_missing)
    rows = _with_captions(found.rows, captions) if captions is not None else found.rows
    ordered = sorted(rows, key=lambda row: (row.id, row.generated is None))
    return replace(found, rows=tuple(ordered))


def _unpaired(generated: ClipSet, reference: ClipSet | None) -> Pairing:
    rows = [_row(clip.id, clip, None) for clip in generated.clips.values()]
    rows += [_row(clip.id, None, clip) for clip in (reference.clips if reference else {}).values()]
    return Pairing(tuple(rows), "none")


def _paired_by_id(generated: ClipSet, reference: ClipSet, allow_missing: bool) -> Pairing:
    made, wanted = generated.clips, reference.clips
    common = [id_ for id_ in made if id_ in wanted]
    missing = tuple(id_ for id_ in made if id_ not in wanted)
    extra = tuple(id_ for id_ in wanted if id_ not in made)
    if not common:
        raise DataError(
            f"No id is in both sets: {len(made)} generated clips in {generated.where} "
            f"({listed(made)}), {len(wanted)} references in {reference.where} ({listed(wanted)}). "
            "Pairs need equal ids (of a folder: paths without suffix): rename files, or name the "
            "pairs with --pairs FILE."
        )
    if (missing or extra) and not allow_missing:
        raise DataError(
            f"The sets do not match: {len(common)} ids are in both, {len(missing)} generated clips "
            f"have no reference{_names(missing)}, {len(extra)} references have no generated clip"
            f"{_names(extra)}. Complete them, or measure the {len(common)} pairs with "
            "--allow-missing, or name the pairs with --pairs FILE."
        )
    rows = [_row(id_, made[id_], wanted[id_]) for id_ in common]
    rows += [_row(id_, made[id_], None) for id_ in missing]
    rows += [_row(id_, None, wanted[id_]) for id_ in extra]
    return Pairing(tuple(rows), "ids", missing, extra)


def _named_pairs(path: Path, generated: ClipSet, reference: ClipSet | None) -> Pairing:
    rows: dict[str, Row] = {}
    for where, line in read_table(path):
        fields = dict(line)
        made, wanted = fields.pop("generated", None), fields.pop("reference", None)
        if made is None or (wanted is None and reference is not None):
            raise DataError(
                f"{where}: got fields {', '.join(line) or 'none'}; expected 'generated'"
                f"{' and reference' if reference else ''}: ids or paths of clips."
            )
        clip = generated.find(str(made), where)
        target = reference.find(str(wanted), where) if reference else None
        id_ = str(fields.pop("id", clip.id))
        if id_ in rows:
            raise DataError(
                f"{where}: the id '{id_}' was used before; expected unique ids. Give each pair an "
                "'id' of its own where clips occur twice."
            )
        rows[id_] = _row(id_, clip, target, fields)
    if not rows:
        raise DataError(f"{path} names no pair; expected lines with 'generated' and 'reference'.")
    used = {("g", r.generated.id) for r in rows.values() if r.generated}
    used |= {("r", r.reference.id) for r in rows.values() if r.reference}
    clips = len(generated.clips) + (len(reference.clips) if reference else 0)
    return Pairing(tuple(rows.values()), "pairs file", not_named=clips - len(used))


def _with_captions(rows: tuple[Row, ...], path: Path) -> list[Row]:
    told: dict[str, dict[str, Any]] = {}
    for where, line in read_table(path):
        fields = dict(line)
        id_ = fields.pop("id", None)
        if id_ is None or not fields:
            raise DataError(
                f"{where}: got fields {', '.join(line) or 'none'}; expected 'id' and 'caption'."
            )
        if str(id_) in told:
            raise DataError(f"{where}: the id '{id_}' was used before; expected unique ids.")
        told[str(id_)] = fields
    if not any(row.id in told for row in rows):
        raise DataError(
            f"{path} has no id of a clip: it has {listed(told)}, clips are "
            f"{listed(row.id for row in rows)}. Use the ids of the clips."
        )
    return [
        _row(r.id, r.generated, r.reference, {**_fields(r), **told.get(r.id, {})}) for r in rows
    ]


def _fields(row: Row) -> dict[str, Any]:
    """Return what is said of a row, its video included."""
    video = {VIDEO: str(row.video)} if row.video is not None else {}
    return {**row.fields, **video}


def _row(
    id_: str,
    generated: ClipFile | None,
    reference: ClipFile | None,
    fields: Mapping[str, Any] | None = None,
) -> Row:
    """Return a row; what is said of the pair wins over the clip's, and it over the reference's."""
    known: dict[str, Any] = {}
    for clip in (reference, generated):
        known |= clip.fields if clip is not None else {}
    known |= fields or {}
    truth = {name: known[name] for name in TRUTHS if name in known}
    video = known.pop(VIDEO, None)
    return Row(id_, generated, reference, known, truth, Path(str(video)) if video else None)


def _names(ids: tuple[str, ...]) -> str:
    return f" ({listed(ids)})" if ids else ""
