"""One editing row as two files and a line: cut around its edit, at the model's rate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...core.data.manifest_truth import TRUTHS
from ...core.errors import DataError
from ...core.geometry import Geometry
from ...core.media.audio import resample, save_waveform, to_channels
from ...core.media.waveform import Waveform
from ...core.source import Row
from ..benchmarks.cutting import cut_to_clip, one_gain
from ..benchmarks.names import file_name

Text = Literal["captions", "instruction"]

FIELDS = (
    "instruction", "description", "source_category", "target_category",
    "source_caption", "target_caption", "licence", "attribution",
)  # fmt: skip
"""Fields of a row that are kept: what tasks read, and whom to credit."""

SPOKEN = ("target_category", "object_to", "description", "object")
"""Fields that name what CLAP listens for, the first that is there; else the target's caption."""

SOURCE, TARGET = "source_audio", "audio"


@dataclass(frozen=True)
class Layout:
    """How rows are laid out.

    Attributes:
        geometry: rate, channels and clip length of the model: clips are converted to them, so
            that nothing is held against a method that no model of this codec could make.
        limit: most rows of each kind of edit, or `None`.
        held_out: take the rows that a source holds out.
        text: what describes the target to methods that are told what the result is.
    """

    geometry: Geometry
    limit: int | None = None
    held_out: bool = False
    text: Text = "captions"


def write_row(row: Row, folder: Path, layout: Layout) -> dict[str, Any]:
    """Write the clips of a row, cut together around its edit, and return its line.

    Raises:
        DataError: if the row is no edit, or lacks the text that is asked for; names it.
    """
    if row.audio is None or SOURCE not in row.media:
        raise DataError(
            f"Row '{row.id}' is no edit: expected the clips '{SOURCE}' and '{TARGET}'. Map the "
            "manifest's own names to them with --source-option field_map."
        )
    row, cut = cut_to_clip(row, layout.geometry)
    loaded = {SOURCE: row.media[SOURCE](), TARGET: row.audio() if row.audio else None}
    clips = {name: _converted(row, clip, layout.geometry) for name, clip in loaded.items()}
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    paths = {
        name: f"clips/{file_name(row.id)}-{name.removesuffix('_audio')}.flac" for name in clips
    }
    for name, clip in one_gain(clips).items():
        save_waveform(clip, folder / paths[name])
    words = {name: row.fields[name] for name in FIELDS if row.fields.get(name)}
    if layout.text == "instruction":
        words["target_caption"] = _instruction(row)
    heard = next((row.fields[name] for name in SPOKEN if row.fields.get(name)), None)
    truth = {name: row.truth[name] for name in TRUTHS if row.truth.get(name) is not None}
    return {
        "id": row.id,
        **paths,
        **words,
        "caption": heard or words.get("target_caption", ""),
        **truth,
        **({"cut": cut._asdict()} if cut is not None else {}),
    }


def _converted(row: Row, clip: Any, geometry: Geometry) -> Waveform:
    if not isinstance(clip, Waveform):
        raise DataError(f"Row '{row.id}': a clip is missing or no sound.")
    return to_channels(resample(clip, geometry.sample_rate_hz), geometry.channels)


def _instruction(row: Row) -> str:
    words = row.fields.get("instruction")
    if not words:
        raise DataError(f"Row '{row.id}' has no instruction; expected one for --text instruction.")
    return str(words)
