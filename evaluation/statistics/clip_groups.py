"""Embeddings by group of clips, so that whole clips are left out and halves are made of clips.

Patches of one clip resemble one another: an interval that resamples patches is too narrow. The
group of a clip follows from its id alone, whatever the process, the order and the other clips.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ...core.errors import DataError
from .frechet import check_comparable, frechet_distance
from .gaussian import Gaussian
from .student import Interval, jackknife_interval

if TYPE_CHECKING:
    from torch import Tensor

GROUPS = 10


def group_of(clip: str, groups: int = GROUPS) -> int:
    """Return the group of a clip, from 0, the same everywhere."""
    digest = hashlib.blake2b(clip.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % groups


class GroupedGaussian:
    """`Gaussian` statistics (D wide) of each group of clips; merges like them."""

    def __init__(self, width: int, groups: int = GROUPS) -> None:
        """Know nothing yet."""
        if groups < 2:
            raise DataError(f"Got {groups} groups of clips; expected at least 2.")
        self.width = width
        self.groups = [Gaussian(width) for _ in range(groups)]

    @property
    def count(self) -> int:
        """Return the embeddings of all clips."""
        return sum(group.count for group in self.groups)

    def add(self, clip: str, rows: ArrayLike) -> None:
        """Take in the embeddings (n, D) of a clip.

        Raises:
            DataError: if they are not finite or not D wide; names the clip.
        """
        self.groups[group_of(clip, len(self.groups))].add(rows, f"embeddings of '{clip}'")

    def merge(self, other: GroupedGaussian) -> None:
        """Take in what another process or shard knows."""
        if len(other.groups) != len(self.groups):
            raise DataError(
                f"Got {len(other.groups)} groups of clips to merge into {len(self.groups)}; "
                "expected the same number."
            )
        for mine, theirs in zip(self.groups, other.groups, strict=True):
            mine.merge(theirs)

    def pooled(self, chosen: Iterable[int] | None = None) -> Gaussian:
        """Return the statistics of all clips, or of those in some groups."""
        made = Gaussian(self.width)
        for number in range(len(self.groups)) if chosen is None else chosen:
            made.merge(self.groups[number])
        return made

    def to_tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors, named ``NUMBER.ENTRY``; see `Gaussian.to_tensors`."""
        return {
            f"{number}.{name}": tensor
            for number, group in enumerate(self.groups)
            for name, tensor in group.to_tensors().items()
        }

    @classmethod
    def from_tensors(cls, state: Mapping[str, Tensor]) -> GroupedGaussian:
        """Return the statistics that `to_tensors` wrote.

        Raises:
            DataError: if the state is not one of groups.
        """
        parts: dict[int, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            number, _, name = key.partition(".")
            if not number.isdecimal():
                raise DataError(f"A state of groups of clips has the entry '{key}'.")
            parts.setdefault(int(number), {})[name] = tensor
        if sorted(parts) != list(range(len(parts))) or len(parts) < 2:
            raise DataError(f"A state of groups of clips has the groups {sorted(parts)}.")
        groups = [Gaussian.from_tensors(parts[number]) for number in range(len(parts))]
        made = cls(groups[0].width, len(groups))
        made.groups = groups
        return made


def frechet_interval(generated: GroupedGaussian, reference: GroupedGaussian) -> Interval | None:
    """Return the 95 % delete-a-group jackknife interval of a Fréchet distance.

    Group g is left out of both sides at once, so that clips that share an id leave together.
    It is an interval of the distance at these numbers of clips; `frechet_floor` says how far
    above 0 the numbers alone lift it.

    Returns:
        Low (at least 0) and high, or `None` where fewer than two groups have clips, or leaving
        one out leaves fewer than two embeddings.

    Raises:
        DataError: as `frechet_distance` does.
    """
    whole = (generated.pooled(), reference.pooled())
    check_comparable(*whole)
    numbers = range(len(generated.groups))
    if len(generated.groups) != len(reference.groups):
        raise DataError("Got generated and reference clips in unlike numbers of groups.")
    filled = [n for n in numbers if generated.groups[n].count or reference.groups[n].count]
    without = []
    for left_out in filled:
        rest = [number for number in numbers if number != left_out]
        sides = (generated.pooled(rest), reference.pooled(rest))
        if min(side.count for side in sides) < 2:
            return None
        without.append(frechet_distance(*sides).value)
    return jackknife_interval(frechet_distance(*whole).value, without, lowest=0.0)


def frechet_floor(reference: GroupedGaussian, n_generated: int) -> float | None:
    """Return what a perfect generator would score: half of the reference against the other half.

    Even groups against odd ones. The bias of a Fréchet distance falls as 1/N₁ + 1/N₂, so the
    value is brought to N₁ = ``n_generated`` and N₂ = all of the reference. With fewer
    embeddings than dimensions it falls more slowly, and the floor is an underestimate.

    Returns:
        The floor, or `None` where a half has fewer than two embeddings.
    """
    numbers = range(len(reference.groups))
    halves = (reference.pooled(numbers[0::2]), reference.pooled(numbers[1::2]))
    if n_generated < 1 or min(half.count for half in halves) < 2:
        return None
    share = sum(1.0 / half.count for half in halves)
    wanted = 1.0 / n_generated + 1.0 / reference.count
    return frechet_distance(*halves).value * wanted / share
