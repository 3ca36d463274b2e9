"""Any pair again from its record alone, and all pairs proven from their shards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from .blobs import BlobStore, encode_flac
from .config import Task
from .packing.shards import SOURCE, TARGET
from .proof import Proof
from .records import EditRecord
from .stages.workshop import Workshop
from .synthesis.pairs import EVENT, FULL, SIDES
from .synthesis.plan import ScenePlan
from .synthesis.stages import renderer_of
from .synthesis.verify import fault_of

KINDS = (".tar", ".json")
"""A shard, and the index beside it."""


@dataclass(frozen=True)
class Rebuilt:
    """A pair that was rendered anew.

    Attributes:
        id: of the pair.
        source: whether the source has the same bytes as before.
        target: whether the target has.
    """

    id: str
    source: bool
    target: bool

    @property
    def same(self) -> bool:
        """Tell whether both are the same."""
        return self.source and self.target


def rebuild(record: EditRecord, workshop: Workshop) -> Rebuilt:
    """Render a synthetic pair from the plan in its record, and compare it byte for byte.

    A file of it that is missing or damaged is put back, if the bytes are the same.

    Raises:
        DataError: if it is no synthetic pair, or a recording it is made of is missing.
        StopRun: if the disk is full.
    """
    if record.branch != "synth":
        raise DataError(
            f"'{record.id}' is of the real branch: models made it. Only pairs of the synthesis "
            "branch are rendered from their record; real ones are kept as they were made."
        )
    known = {k: v for k, v in record.scene.items() if k in ScenePlan.model_fields}
    task: Task = record.task
    plan = ScenePlan.model_validate({**known, "tasks": [task]})
    tracks = renderer_of(workshop).render(plan)
    made = []
    for side, facts in zip(SIDES[task], (record.source, record.target), strict=True):
        if side == EVENT:
            grid = tracks.events[plan.edited]
        else:
            grid = tracks.mixture() if side == FULL else tracks.mixture(without=plan.edited)
        data = encode_flac(grid, facts.sample_rate, facts.bits)
        made.append(hashlib.sha256(data).hexdigest() == facts.sha256)
        if made[-1]:
            workshop.blobs.put_back(facts.sha256, data)
    return Rebuilt(record.id, *made)


def prove(root: Path) -> Iterator[Proof]:
    """Read all shards of a data set and prove every pair from its bytes.

    A shard whose archive or index is missing or cannot be read is a fault of no pair: its id is
    empty.

    Raises:
        DataError: if there are no shards.
    """
    folders = sorted(path for path in (root / "shards").glob("*") if path.is_dir())
    if not folders:
        raise DataError(
            f"{root} has no shards; expected some below shards/. Pack them first: "
            f"audio-omni audioedit pack {root}."
        )
    for folder in folders:
        found = {path.with_suffix(".tar") for path in folder.iterdir() if path.suffix in KINDS}
        for shard in sorted(found):
            yield from _prove_shard(shard)


def _prove_shard(shard: Path) -> Iterator[Proof]:
    index = shard.with_suffix(".json")
    try:
        facts = json.loads(index.read_bytes())
        sha256, samples = facts["sha256"], facts["index"]
        data = shard.read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as failure:
        said = failure.strerror if isinstance(failure, OSError) else type(failure).__name__
        yield Proof(shard, "", f"the archive or its index {index.name} cannot be read: {said}")
        return
    whole = hashlib.sha256(data).hexdigest() == sha256
    for sample in samples:
        try:
            yield Proof(shard, sample["id"], _fault(data, sample))
        except (DataError, ValueError, KeyError) as failure:
            yield Proof(shard, sample["id"], f"unreadable: {failure}")
    if not whole:
        yield Proof(shard, "", "the archive's bytes are not those that its index tells of")


def _fault(data: bytes, sample: dict[str, Any]) -> str | None:
    members = {
        name: data[offset : offset + size] for name, (offset, size) in sample["members"].items()
    }
    record = EditRecord.model_validate(json.loads(members["json"])["record"])
    for name, facts in ((SOURCE, record.source), (TARGET, record.target)):
        if hashlib.sha256(members[name]).hexdigest() != facts.sha256:
            return f"{name} is not the file that its record names"
    if record.branch != "synth":
        return None
    found = fault_of(record, _InMemory({
        record.source.sha256: members[SOURCE], record.target.sha256: members[TARGET]
    }))  # fmt: skip
    return None if found is None else f"{found.reason}: {found.detail}"


class _InMemory(BlobStore):
    """Blobs that were read from a shard."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self.members = members

    def bytes(self, sha256: str) -> bytes:
        """Return a member."""
        return self.members[sha256]
