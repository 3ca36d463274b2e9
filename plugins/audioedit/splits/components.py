"""Groups that are joined by anything, as one component each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Components:
    """Union-find over the names of groups."""

    def __init__(self, joined: Iterable[Sequence[str]] = ()) -> None:
        """Join groups, those of each entry with one another."""
        self._parents: dict[str, str] = {}
        for groups in joined:
            self.join(groups)

    def join(self, groups: Sequence[str]) -> None:
        """Make the groups of one sample, or of two recordings that are the same, one component."""
        for group in groups:
            first, other = self.of(groups[0]), self.of(group)
            low, high = sorted((first, other))
            self._parents[high] = low

    def of(self, group: str) -> str:
        """Return the name of a group's component: the first of its groups in order."""
        self._parents.setdefault(group, group)
        root = group
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[group] != root:
            self._parents[group], group = root, self._parents[group]
        return root

    def members(self) -> dict[str, tuple[str, ...]]:
        """Return component → its groups, all in order."""
        found: dict[str, list[str]] = {}
        for group in sorted(self._parents):
            found.setdefault(self.of(group), []).append(group)
        return {name: tuple(groups) for name, groups in sorted(found.items())}
