"""Lines of a manifest joined into one row: what belongs together by the fields they share."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..errors import DataError
from .manifest_entries import Entry, is_longer
from .manifest_options import JoinOptions

Group = tuple[str, ...]


class Join:
    """Finds the line that gives a row a further clip.

    It is never the row's own line, and always on the same side of the hold-out: what is trained
    on is joined with what is trained on.
    """

    def __init__(self, name: str, options: JoinOptions, entries: Sequence[Entry]) -> None:
        """Index the lines by the fields that must be the same.

        Args:
            name: what a row calls the clip.
            options: which lines fit.
            entries: all lines of the manifest.

        Raises:
            DataError: if no line at all has one of the fields.
        """
        self.name = name
        self.options = options
        self._groups: defaultdict[Group, list[Entry]] = defaultdict(list)
        for field in (*options.same, *options.other):
            _check_known(name, field, entries)
        for entry in entries:
            group = self._group(entry)
            if group is not None and not is_longer(entry, options.longest_seconds):
                self._groups[group].append(entry)

    def has_partner(self, entry: Entry) -> bool:
        """Tell whether some line fits."""
        return next(self._partners(entry), None) is not None

    def partner(self, entry: Entry) -> Entry:
        """Return the line that goes with a row for which there is one.

        Which of several it is follows from the ids alone, so that a manifest that grows changes
        few rows.
        """
        return min(self._partners(entry), key=lambda other: _draw(self.name, entry.id, other.id))

    def _partners(self, entry: Entry) -> Iterator[Entry]:
        group = self._group(entry)
        for other in self._groups.get(group, ()) if group is not None else ():
            apart = other.id != entry.id and other.is_held_out == entry.is_held_out
            if apart and all(_differ(entry, other, field) for field in self.options.other):
                yield other

    def _group(self, entry: Entry) -> Group | None:
        values = [entry.fields.get(field) for field in self.options.same]
        return None if None in values else tuple(map(str, values))


def open_joins(options: Mapping[str, JoinOptions], entries: Sequence[Entry]) -> list[Join]:
    """Return the joins of a source.

    Raises:
        DataError: if no line has a field that one of them asks for.
    """
    return [Join(name, join, entries) for name, join in options.items()]


def _differ(one: Entry, other: Entry, field: str) -> bool:
    """Tell whether both lines have a field, and not the same value in it."""
    values = one.fields.get(field), other.fields.get(field)
    return None not in values and values[0] != values[1]


def _draw(name: str, id_: str, other: str) -> bytes:
    return hashlib.blake2b(f"{name} {id_} {other}".encode(), digest_size=8).digest()


def _check_known(name: str, field: str, entries: Sequence[Entry]) -> None:
    if entries and not any(field in entry.fields for entry in entries):
        known = sorted({name for entry in entries for name in entry.fields})
        raise DataError(
            f"Option 'join' of '{name}' compares the field '{field}', which no line has; there are "
            f"{', '.join(known)}. Correct the option, or map the field."
        )
