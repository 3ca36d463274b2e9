"""Rows that last longer than a clip: one cut decides for input, answer, spans and clip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.data.cut import ALIGNED, Cut, Decoded, cut_row
from ...core.data.cut_start import SPAN
from ...core.data.manifest_truth import TRUTHS
from ...core.errors import DataError
from ...core.geometry import Geometry
from ...core.media.audio import save_waveform
from ...core.media.waveform import Waveform
from ...core.source import LoadMedia, Row
from ..scoring.config import RowCut
from .names import file_name

RULE = "span"
"""Of `core.data.cut`: around the first edited span, and from the start where there is none."""

CUTS, REFERENCES = "cuts.jsonl", "references"


class Cutter:
    """Cuts rows to one clip, and keeps what was cut where, so that a stopped run goes on.

    `CUTS` gets a line for each row. What does not begin at a row's start is written into
    `REFERENCES`: against this, and not the row's own file, its clip is measured.
    """

    def __init__(self, folder: Path, geometry: Geometry) -> None:
        """Cut to the clips of a geometry; read what was cut before."""
        self.folder = folder
        self.geometry = geometry
        self._known = read_cuts(folder)

    def knows(self, row: Row) -> bool:
        """Tell whether a row was cut before."""
        return row.id in self._known

    def cut(self, row: Row) -> Row:
        """Return a row, cut to one clip, and write down how.

        Raises:
            DataError: if its input and its answer do not last equally long, or its spans are none.
        """
        left, cut = cut_to_clip(row, self.geometry)
        left = replace(left, id=row.id)
        if not self.knows(row):
            self._keep(left, cut)
        return left

    def told(self, rows: Sequence[Row]) -> RowCut | None:
        """Return how rows were cut, for a report; `None` where each fits a clip."""
        cuts = [self._known[row.id]["cut"] for row in rows]
        starts = [cut["start_s"] for cut in cuts if cut is not None]
        if not starts:
            return None
        return RowCut(
            clip_seconds=self.geometry.clip_seconds,
            rows=len(starts),
            later=sum(start > 0 for start in starts),
            of=len(rows),
        )

    def _keep(self, row: Row, cut: Cut | None) -> None:
        reference = None
        if cut is not None and cut.start_s > 0 and row.audio is not None:
            reference = f"{REFERENCES}/{file_name(row.id)}.flac"
            (self.folder / REFERENCES).mkdir(exist_ok=True)
            save_waveform(row.audio(), self.folder / reference)
        line = {
            "id": row.id,
            "cut": None if cut is None else cut._asdict(),
            "truth": {name: row.truth[name] for name in TRUTHS if row.truth.get(name) is not None},
            "reference": reference,
        }
        with (self.folder / CUTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._known[row.id] = line


def cut_to_clip(row: Row, geometry: Geometry) -> tuple[Row, Cut | None]:
    """Return a row cut to one clip around its edit, and where; one that fits is left alone.

    Words are never cut. A row's ``spans`` are its truth's span. An input and an answer beyond full
    scale are scaled down by one gain, so that they stay equal outside the edit when written.

    Raises:
        DataError: as `core.data.cut.cut_row`, or for spans that are none.
    """
    told = _with_span(row)
    if "transcript" in told.fields:
        return told, None
    left, cut = cut_row(told, geometry, RULE)
    return (left, None) if cut is None else (_with_one_gain(left), cut)


def read_cuts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return how rows were cut, by id; of a folder without cuts, nothing.

    A line that a killed run has left half-written is taken off the file.
    """
    path = folder / CUTS
    if not path.is_file():
        return {}
    *whole, rest = path.read_text(encoding="utf-8").split("\n")
    if rest:
        path.write_text("".join(f"{line}\n" for line in whole), encoding="utf-8")
    return {line["id"]: line for line in map(json.loads, whole)}


def one_gain(clips: Mapping[str, Waveform]) -> dict[str, Waveform]:
    """Return clips that lie within full scale, all of them scaled by one gain if one does not."""
    loudest = max(1.0, *(float(clip.samples.abs().max()) for clip in clips.values()))
    if loudest <= 1.0:
        return dict(clips)
    note = f"scaled by {1 / loudest:.4f}"
    return {name: clip.converted(clip.samples / loudest, note) for name, clip in clips.items()}


def _with_one_gain(row: Row) -> Row:
    clips = {name: load() for name, load in row.media.items() if name == ALIGNED}
    clips |= {} if row.audio is None else {"": row.audio()}
    scaled = one_gain({n: clip for n, clip in clips.items() if isinstance(clip, Waveform)})
    audio = Decoded(scaled.pop("")) if "" in scaled else None
    media: dict[str, LoadMedia] = {**row.media}
    media |= {name: Decoded(clip) for name, clip in scaled.items()}
    return replace(row, audio=audio, media=media)


def _with_span(row: Row) -> Row:
    """Return a row whose ``spans`` ([{start_s, end_s}, …]), if it has any, are its truth's span.

    Raises:
        DataError: if they are none.
    """
    spans = row.fields.get("spans")
    if not spans or row.truth.get(SPAN) is not None:
        return row
    try:
        pairs = [
            [float(s["start_s"]), float(s["end_s"])] if isinstance(s, Mapping) else [*map(float, s)]
            for s in spans
        ]
    except (KeyError, TypeError, ValueError) as failure:
        raise DataError(
            f"Row '{row.id}': its spans are {spans!r:.200} ({failure}); expected a list of "
            '{"start_s": …, "end_s": …} in seconds.'
        ) from None
    return replace(row, truth={**row.truth, SPAN: pairs})
