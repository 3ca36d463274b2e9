"""Pairs as JSON lines beside their blobs: what the source ``manifest:`` reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..blobs import BlobStore, write_whole
from ..records import EditRecord
from .rows import row_of

SCHEMA = "record.schema.json"


def write_manifests(records: Sequence[EditRecord], blobs: BlobStore, root: Path) -> dict[str, Path]:
    """Write ``manifest-<split>.jsonl``; paths in it are relative to the data set's folder.

    That of a split of which nothing is left is removed.
    What the records in it hold is told by ``record.schema.json``, a JSON schema.

    Returns:
        Split → its file.
    """
    written: dict[str, Path] = {}
    for split in sorted({record.split for record in records}):
        lines = []
        for record in records:
            if record.split == split:
                audio = {
                    "audio": _relative(blobs, record.target.sha256, root),
                    "source_audio": _relative(blobs, record.source.sha256, root),
                }
                row = {**row_of(record), **audio}
                lines.append(json.dumps(row, ensure_ascii=False, sort_keys=True))
        written[split] = root / f"manifest-{split}.jsonl"
        write_whole(written[split], "".join(f"{line}\n" for line in lines).encode())
    for path in root.glob("manifest-*.jsonl"):
        if path not in written.values():
            path.unlink()
    schema = json.dumps(EditRecord.model_json_schema(), indent=2, sort_keys=True)
    write_whole(root / SCHEMA, f"{schema}\n".encode())
    return written


def _relative(blobs: BlobStore, sha256: str, root: Path) -> str:
    return blobs.path(sha256).relative_to(root).as_posix()
