"""Pairs as Parquet that ``datasets`` loads with or without its audio decoder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ....core.errors import PluginError
from ..blobs import BlobStore
from ..records import EditRecord
from ..stages.stopping import stopping_if_full
from .rows import row_of

ROW_GROUP = 64
FILE_BYTES = 500 * 10**6
TEXTS = (
    "id", "task", "branch", "split", "instruction", "description", "source_category",
    "target_category", "source_caption", "target_caption", "label", "licence", "attribution",
    "record",
)  # fmt: skip
SECONDS = ("duration_s", "padding_s")


def write_parquet(records: Sequence[EditRecord], blobs: BlobStore, folder: Path) -> list[Path]:
    """Write ``<split>-00000.parquet`` files; the audio is inside, as FLAC.

    Raises:
        PluginError: if pyarrow is not installed.
        DataError: if a blob is missing or damaged.
        StopRun: if the disk is full.
    """
    pa, pq = _import_pyarrow()
    folder.mkdir(parents=True, exist_ok=True)
    schema = _schema(pa)
    written = []
    for split in sorted({record.split for record in records}):
        own = [record for record in records if record.split == split]
        for number, chunk in enumerate(_files(own, blobs)):
            path = folder / f"{split}-{number:05d}.parquet"
            with _whole(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
                for start in range(0, len(chunk), ROW_GROUP):
                    rows = [_row(record, blobs) for record in chunk[start : start + ROW_GROUP]]
                    writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            written.append(path)
    return written


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield where to write a file that takes its name when it is whole; else nothing is left."""
    temporary = path.with_suffix(".part")
    try:
        with stopping_if_full(path.name):
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _files(records: Sequence[EditRecord], blobs: BlobStore) -> Iterator[list[EditRecord]]:
    chunk: list[EditRecord] = []
    size = 0
    for record in records:
        own = len(blobs.bytes(record.source.sha256)) + len(blobs.bytes(record.target.sha256))
        if chunk and size + own > FILE_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += own
    if chunk:
        yield chunk


def _row(record: EditRecord, blobs: BlobStore) -> dict[str, Any]:
    row = row_of(record)
    texts = {name: row.get(name) for name in TEXTS}
    texts["record"] = json.dumps(row["record"], ensure_ascii=False, sort_keys=True)
    return {
        **texts,
        "duration_s": row["duration_s"],
        "padding_s": record.padding_s,
        "span": [list(pair) for pair in row.get("span", [])],
        "source": _audio(record.source.sha256, blobs),
        "target": _audio(record.target.sha256, blobs),
    }


def _audio(sha256: str, blobs: BlobStore) -> dict[str, Any]:
    return {"bytes": blobs.bytes(sha256), "path": f"{sha256[:16]}.flac"}


def _schema(pa: Any) -> Any:
    """Return the columns, with the note by which ``datasets`` knows the audio ones."""
    audio = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [(name, pa.string()) for name in TEXTS]
    fields += [(name, pa.float64()) for name in SECONDS]
    fields += [("span", pa.list_(pa.list_(pa.float64())))]
    fields += [("source", audio), ("target", audio)]
    texts = {name: {"dtype": "string", "_type": "Value"} for name in TEXTS}
    number = {"dtype": "float64", "_type": "Value"}
    numbers = {"feature": {"feature": number, "_type": "List"}, "_type": "List"}
    sounds = {name: {"decode": False, "_type": "Audio"} for name in ("source", "target")}
    seconds = dict.fromkeys(SECONDS, number)
    features = {**texts, **seconds, "span": numbers, **sounds}
    note = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": note})


def _import_pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise PluginError(
            "Writing Parquet needs pyarrow, which is not installed. Install it with: "
            "pip install 'audio-omni[audioedit]'; the manifests beside the shards do without."
        ) from None
    return pa, pq
