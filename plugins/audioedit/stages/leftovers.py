"""What processes that were killed leave behind, and no later one would touch again."""

from __future__ import annotations

from pathlib import Path

from ....core.whole_file import left_by_the_dead
from .locks import held
from .parts import Part


def remove_leftovers(root: Path) -> None:
    """Remove files that were being written, and locks and journals of parts that are complete.

    Those of processes that live, or that are on another machine, stay.

    Args:
        root: folder of the data set.
    """
    for path in list(left_by_the_dead(root)):
        path.unlink(missing_ok=True)
    stages = root / "stages"
    for path in [*stages.glob("*/*/part-*.lock"), *stages.glob("*/*/part-*.open.jsonl")]:
        part = Part(path.parent, int(path.name.split(".")[0].removeprefix("part-")))
        if part.done() is not None:
            with held(part.lock_path) as mine:  # of the dead, it is taken, and given back
                if mine and part.done() is not None:
                    part.journal.unlink(missing_ok=True)
