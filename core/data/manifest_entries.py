"""What a source of rows reads as entries: under our names, checked, some of them held out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError
from .jsonl import read_jsonl
from .manifest_options import ManifestOptions


@dataclass(frozen=True)
class Entry:
    """One line of a manifest, or what another source has in its place.

    Attributes:
        where: what messages call it, for example ``"rows.jsonl, line 3"``.
        id: the row's id.
        fields: the row's fields under our names, constants included.
        is_held_out: whether it is never trained on.
    """

    where: str
    id: str
    fields: Mapping[str, Any]
    is_held_out: bool = False


def read_entries(path: Path, options: ManifestOptions) -> list[Entry]:
    """Return every line of a manifest, those that are no row of the source included.

    Raises:
        DataError: for a missing file, a broken line, an id that is missing or used twice.
    """
    return entries_of(((f"{path}, line {line}", raw) for line, raw in read_jsonl(path)), options)


def entries_of(
    named: Iterable[tuple[str, Mapping[str, Any]]], options: ManifestOptions
) -> list[Entry]:
    """Return what was read as entries.

    Args:
        named: what messages call each, and its raw fields.
        options: how fields are called, and what is held out.

    Raises:
        DataError: for an id that is missing or used twice.
    """
    seen: dict[str, str] = {}
    entries = []
    for where, raw in named:
        fields = mapped_fields(raw, options)
        id_ = fields.pop("id", None)
        if not isinstance(id_, str | int) or id_ == "":
            raise DataError(f"{where}: no 'id'; expected a unique text.")
        if str(id_) in seen:
            raise DataError(
                f"{where}: id '{id_}' was used before ({seen[str(id_)]}); ids must be unique."
            )
        seen[str(id_)] = where
        entries.append(Entry(where, str(id_), fields, is_held_out(str(id_), fields, options)))
    return entries


def is_wanted(entry: Entry, options: ManifestOptions) -> bool:
    """Tell whether a line is a row: it passes the filter, and is not too long."""
    return all(
        entry.fields.get(name) in (values if isinstance(values, list) else [values])
        for name, values in options.filter.items()
    ) and not is_longer(entry, options.longest_seconds)


def is_longer(entry: Entry, limit: float | None) -> bool:
    """Tell whether a line's clip is longer, in seconds; one that does not say how long is not."""
    seconds = entry.fields.get("duration_s")
    return limit is not None and isinstance(seconds, int | float) and seconds > limit


def mapped_fields(raw: Mapping[str, Any], options: ManifestOptions) -> dict[str, Any]:
    """Return a line's fields, mapped ones under our names too; absent values are left out."""
    found = {**options.fields, **{k: v for k, v in raw.items() if v is not None}}
    for ours, theirs in options.field_map.items():
        found.pop(ours, None)
        if raw.get(theirs) is not None:
            found[ours] = raw[theirs]
    return found


def is_held_out(id_: str, fields: Mapping[str, Any], options: ManifestOptions) -> bool:
    """Tell whether a row is held out: by the hash of its group, or of its id without one."""
    if options.held_out_fraction == 0:
        return False
    group = fields.get(options.held_out_by) if options.held_out_by else None
    text = f"id:{id_}" if group is None else f"group:{group}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < options.held_out_fraction * 2**64
