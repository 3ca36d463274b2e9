"""Splits of groups: what is set wins, what is joined stays together, the rest is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ....core.errors import DataError
from ..records import EditRecord, Split
from ..seeds import fraction
from .components import Components


@dataclass(frozen=True)
class Assignment:
    """Where groups belong.

    Attributes:
        splits: group → split.
        dropped: group → why it is in none: it is blocked.
    """

    splits: Mapping[str, Split]
    dropped: Mapping[str, str]

    def of(self, groups: Sequence[str]) -> Split | None:
        """Return the split of a sample's groups; `None` if one of them is dropped.

        Raises:
            DataError: if they are in several, or one is not known.
        """
        if any(group in self.dropped for group in groups):
            return None
        unknown = [group for group in groups if group not in self.splits]
        found = {self.splits[group]: group for group in groups if group in self.splits}
        if unknown or len(found) != 1:
            told = unknown[:1] or [f"{group} ({split})" for split, group in found.items()]
            raise DataError(
                f"A sample has groups {', '.join(told) or 'none'}: expected groups that were all "
                "given the same split before scenes were planned."
            )
        return next(iter(found))


def assign_splits(
    joined: Iterable[Sequence[str]],
    *,
    key: str,
    fixed: Mapping[str, Split] | None = None,
    blocked: Mapping[str, str] | None = None,
    validation_fraction: float = 0.0,
) -> Assignment:
    """Return the split of every group; a connected component of groups is in one.

    Args:
        joined: groups of each recording, and of each two that are the same.
        key: name and version of the data set; decides what is drawn.
        fixed: groups whose split is set: held-out folds, test groups.
        blocked: groups that are never trained on, with the reason; dropped unless they are of the
            test split. What is joined to one is not: the scenes of a set join nearly all of its
            recordings, and only those with the blocked one have to go.
        validation_fraction: share of the other components that is kept for validation.

    Raises:
        DataError: if two groups of a component are set to different splits; names both.
    """
    components = Components(joined)
    splits: dict[str, Split] = {}
    dropped: dict[str, str] = {}
    for name, groups in components.members().items():
        split = _set_split(groups, fixed or {})
        if split is None:
            is_validation = fraction(key, "split", name) < validation_fraction
            split = "validation" if is_validation else "train"
        for group in groups:
            if group in (blocked or {}) and split != "test":
                dropped[group] = (blocked or {})[group]
            else:
                splits[group] = split
    return Assignment(splits, dropped)


def check_splits(records: Iterable[EditRecord]) -> None:
    """Raise if a connected component of groups crosses a split.

    Raises:
        DataError: names a group or two records of each side.
    """
    components, seen = Components(), dict[str, tuple[Split, str]]()
    rows = [(record.id, record.split, record.groups) for record in records]
    for id_, _, groups in rows:
        if not groups:
            raise DataError(f"Record {id_} has no groups; without them a leak cannot be told.")
        components.join(groups)
    for id_, split, groups in rows:
        name = components.of(groups[0])
        other, first = seen.setdefault(name, (split, id_))
        if other != split:
            raise DataError(
                f"Record {id_} is of split '{split}' and {first} of '{other}', but recordings join "
                f"them: groups {', '.join(components.members()[name][:6])}. Drop one side, "
                "or set one split for these groups."
            )


def _set_split(groups: Sequence[str], fixed: Mapping[str, Split]) -> Split | None:
    found: dict[Split, str] = {}
    for group in groups:
        if group in fixed:
            found.setdefault(fixed[group], group)
    if len(found) > 1:
        (one, first), (two, second) = list(found.items())[:2]
        raise DataError(
            f"Group '{first}' is set to '{one}' and '{second}' to '{two}', but recordings join "
            "them. Set one split for both, or drop one of the recordings."
        )
    return next(iter(found), None)
