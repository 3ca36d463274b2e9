"""The sets of clips that are scored: what was made, what it is compared with, its videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from .clip_set import ClipSet, open_set
from .config import ScoreOptions


class Sides(NamedTuple):
    """The sets by what they are; `None` where there is none."""

    generated: ClipSet
    reference: ClipSet | None
    videos: ClipSet | None

    def heard(self) -> list[ClipSet]:
        """Return the sets of clips."""
        return [one for one in (self.generated, self.reference) if one is not None]

    def have_equal_ids(self) -> bool:
        """Tell whether each clip that was made has the reference of its name, and no more are."""
        reference = self.reference
        return reference is not None and self.generated.clips.keys() == reference.clips.keys()


def open_sides(options: ScoreOptions) -> Sides:
    """Open the sets that are asked for.

    Raises:
        DataError: as `open_set`, of the first that is broken.
    """
    return Sides(
        open_set("generated", options.generated),
        open_set("reference", options.reference) if options.reference else None,
        open_set("video", options.videos) if options.videos else None,
    )


def request_of(options: ScoreOptions) -> dict[str, Any]:
    """Return what was asked for as plain values, with absolute paths."""
    values = options.model_dump(mode="json")
    for name in ("generated", "reference", "pairs", "captions", "videos"):
        path: Path | None = getattr(options, name)
        values[name] = str(path.expanduser().resolve()) if path is not None else None
    return values
