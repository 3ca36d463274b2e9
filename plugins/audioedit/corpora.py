"""Manifests of the corpora that the paper's pairs are made of, from the lists they come with.

Sources: VGGSound (Chen et al. 2020), AudioCaps (Kim et al. 2019), ESC-50 (Piczak 2015).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...core.errors import ConfigError, DataError
from .blobs import write_whole
from .csv_rows import csv_rows
from .words.table import esc50_words

Corpus = Literal["vggsound", "audiocaps", "esc50"]
Row = dict[str, Any]
CLIP_SECONDS = 10
SPLITS = {"train": "train", "val": "validation", "test": "test"}
"""Of AudioCaps, by the name of the list."""


@dataclass(frozen=True)
class Listed:
    """What a manifest names.

    Attributes:
        rows: recordings.
        missing: those whose file is not there; a run counts them as ``missing``.
    """

    rows: int
    missing: int


@dataclass(frozen=True)
class Form:
    """How a corpus lists its recordings.

    Attributes:
        columns: names of the columns, in order.
        header: first cell of a header; `None` where there is none.
        row: cells by column, and the list's name → the fields of a row, and the stems that its
            file may have.
    """

    columns: tuple[str, ...]
    header: str | None
    row: Callable[[Mapping[str, str], str], tuple[Row, Sequence[str]]]


def write_recordings(listing: Path, corpus: Corpus, media: Path, output: Path) -> Listed:
    """Write a manifest of a corpus; paths are relative to it, and missing files are in it, too.

    Args:
        listing: the corpus's csv file.
        corpus: whose it is.
        media: folder of the recordings, at any depth, named after the recording's id, or
            ``ID_START`` with the second that it begins at, which may have leading zeros.
        output: file of JSON lines.

    Raises:
        ConfigError: if there is no such folder.
        DataError: if the list cannot be read, a line has other columns, an id is listed twice or a
            category of ESC-50 is unknown.
        StopRun: if the disk is full.
    """
    if not media.is_dir():
        raise ConfigError(f"{media} is no folder; expected that of the recordings of {corpus}.")
    files = {path.stem: path for path in sorted(media.rglob("*"), reverse=True) if path.is_file()}
    beside, rows, missing = output.absolute().parent, dict[str, Row](), 0
    for number, (row, stems) in _rows(listing, FORMS[corpus]):
        if row["id"] in rows:
            raise DataError(f"{listing}, line {number}: '{row['id']}' is listed before. Mend it.")
        found = next((files[stem] for stem in stems if stem in files), None)
        missing += found is None
        path = found or media / f"{stems[0]}.flac"
        rows[row["id"]] = {**row, "path": Path(os.path.relpath(path, beside)).as_posix()}
    if not rows:
        raise DataError(f"{listing} lists nothing; expected {', '.join(FORMS[corpus].columns)}.")
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows.values()]
    write_whole(output, "".join(f"{line}\n" for line in lines).encode())
    return Listed(len(rows), missing)


def _rows(listing: Path, form: Form) -> Iterator[tuple[int, tuple[Row, Sequence[str]]]]:
    for number, cells in csv_rows(listing):
        if form.header is not None and cells[0].strip() == form.header:
            continue
        if len(cells) < len(form.columns):
            raise DataError(
                f"{listing}, line {number}: {len(cells)} columns; expected "
                f"{', '.join(form.columns)}."
            )
        try:
            yield number, form.row(dict(zip(form.columns, cells, strict=False)), listing.stem)
        except DataError as failure:
            raise DataError(f"{listing}, line {number}: {failure}") from None


def _clip(youtube_id: str, start: str) -> tuple[Row, list[str]]:
    """Return what is known of ten seconds of a video, and the stems that its file may have."""
    if not start.strip().isdigit():
        raise DataError(f"'{start}' is no second to begin at; expected a whole number.")
    second = int(start)
    facts = {
        "youtube_id": youtube_id,
        "start_s": second,
        "duration_s": CLIP_SECONDS,
        "attribution": f"YouTube {youtube_id}",
        "url": f"https://www.youtube.com/watch?v={youtube_id}&t={second}s",
    }
    return facts, [f"{youtube_id}_{second:06d}", f"{youtube_id}_{second}", youtube_id]


def _of_vggsound(cells: Mapping[str, str], _: str) -> tuple[Row, Sequence[str]]:
    facts, stems = _clip(cells["youtube_id"].strip(), cells["start"])
    split = {"split": "test"} if cells["split"].strip() == "test" else {}
    return {"id": stems[0], "label": cells["label"], **split, **facts}, stems


def _of_audiocaps(cells: Mapping[str, str], listing: str) -> tuple[Row, Sequence[str]]:
    facts, stems = _clip(cells["youtube_id"].strip(), cells["start_time"])
    name = cells["audiocap_id"].strip()
    split = {"split": SPLITS[listing]} if listing in SPLITS else {}
    row = {"id": f"ac-{name}", "caption": cells["caption"], **split, **facts}
    return row, [*stems, f"Y{stems[-1]}", name]


def _of_esc50(cells: Mapping[str, str], _: str) -> tuple[Row, Sequence[str]]:
    name, clip = cells["filename"].strip(), cells["src_file"].strip()
    esc50_words(cells["category"])  # refuses one without words, and says what is near
    is_open = cells["esc10"].strip().lower() == "true"
    row = {
        "id": Path(name).stem,
        "category": cells["category"],
        "clip_id": clip,
        "fold": int(cells["fold"]),
        "licence": "CC-BY-3.0" if is_open else "CC-BY-NC-3.0",
        "attribution": f"Freesound {clip}, by way of ESC-50 (K. J. Piczak)",
        "url": f"https://freesound.org/s/{clip}/",
    }
    return row, [Path(name).stem]


FORMS: Mapping[Corpus, Form] = {
    "vggsound": Form(("youtube_id", "start", "label", "split"), None, _of_vggsound),
    "audiocaps": Form(
        ("audiocap_id", "youtube_id", "start_time", "caption"), "audiocap_id", _of_audiocaps
    ),
    "esc50": Form(
        ("filename", "fold", "target", "category", "esc10", "src_file", "take"),
        "filename", _of_esc50,
    ),
}  # fmt: skip
"""Corpus → how it lists its recordings."""
