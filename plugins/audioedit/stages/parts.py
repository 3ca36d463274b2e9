"""Parts: the only state of a stage. One file of outcomes for each fixed slice of its roots.

A part in work is a journal: a line for every outcome as it comes, so that whatever ends a process,
at most the items in its hands are done again. When every item has an outcome the lines are written
in order, synced and renamed, and a ``.done`` file tells their hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.errors import DataError
from ..blobs import write_whole
from .lines import Line, dump, load
from .outcomes import Item


@dataclass(frozen=True)
class Done:
    """What is known of a complete part.

    Attributes:
        lines: how many outcomes it has.
        sha256: of its file.
        upstream: hash of the part it was made from; empty for a first stage.
        seconds: how long its items took.
    """

    lines: int
    sha256: str
    upstream: str
    seconds: float


class Part:
    """One slice of a stage's work on disk."""

    def __init__(self, folder: Path, number: int) -> None:
        """Name the files of part ``number``; nothing is opened."""
        self.number = number
        self.path = folder / f"part-{number:06d}.jsonl"
        self.journal = folder / f"part-{number:06d}.open.jsonl"
        self.done_path = folder / f"part-{number:06d}.done"
        self.lock_path = folder / f"part-{number:06d}.lock"

    def done(self) -> Done | None:
        """Return what is known of the part, or `None` while it is not complete."""
        try:
            return Done(**json.loads(self.done_path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def lines(self) -> list[Line]:
        """Return the outcomes there are, of a complete part or of its journal.

        Raises:
            DataError: if a complete part is not what its ``.done`` file says.
        """
        done = self.done()
        if done is None:
            return list({line.id: line for line in self._journal_lines()}.values())
        data = self.path.read_bytes() if self.path.exists() else b""
        if hashlib.sha256(data).hexdigest() != done.sha256:
            raise DataError(
                f"{'/'.join(self.path.parts[-3:])} is damaged: its bytes are not those that "
                f"{self.done_path.name} tells of. Delete both and run the command again; only this "
                "part is made anew."
            )
        return [load(json.loads(line)) for line in data.splitlines()]

    def kept(self) -> list[Item]:
        """Return the items that go on, in order."""
        return [item for line in self.lines() for item in line.items]

    def reopen(self, *, without: set[str]) -> None:
        """Make a complete part one in work again, without the outcomes of some items."""
        kept = [line for line in self.lines() if line.id not in without]
        text = "".join(f"{dump(line)}\n" for line in kept)
        self.done_path.unlink(missing_ok=True)
        write_whole(self.journal, text.encode())
        self.path.unlink(missing_ok=True)

    def complete(
        self, items: Sequence[Item], outcomes: dict[str, Line], upstream: str, seconds: float
    ) -> None:
        """Write the outcomes in the order of their items, and then that they are complete."""
        data = "".join(f"{dump(outcomes[item.id])}\n" for item in items).encode()
        write_whole(self.path, data)
        done = Done(len(items), hashlib.sha256(data).hexdigest(), upstream, round(seconds, 3))
        write_whole(self.done_path, (json.dumps(vars(done)) + "\n").encode())
        self.journal.unlink(missing_ok=True)

    def deaths(self) -> dict[str, int]:
        """Return how often a process died over an item, by id."""
        found: dict[str, int] = {}
        for values in self._journal():
            for id_ in values.get("died", ()):
                found[id_] = found.get(id_, 0) + 1
        return found

    def in_hands(self) -> list[str]:
        """Return the items that were begun last and have no outcome."""
        begun: list[str] = []
        for values in self._journal():
            if "begin" in values:
                begun = list(values["begin"])
            elif "outcome" in values and values["id"] in begun:
                begun.remove(values["id"])
        return begun

    def _journal_lines(self) -> Iterator[Line]:
        for values in self._journal():
            if "outcome" in values:
                yield load(values)

    def _journal(self) -> Iterator[dict[str, Any]]:
        """Yield the journal's values; a last line that was cut off is no line."""
        if not self.journal.exists():
            return
        for raw in self.journal.read_bytes().splitlines(keepends=True):
            if raw.endswith(b"\n"):
                try:
                    yield json.loads(raw)
                except ValueError:
                    continue


def parts_in(folder: Path) -> list[Part]:
    """Return the parts that a stage's folder holds, complete or in work, in order."""
    names = {path.name.split(".")[0] for path in folder.glob("part-*.jsonl")}
    return [Part(folder, int(name.removeprefix("part-"))) for name in sorted(names)]
