"""Reads the scores of a study that ``audio-omni study score --json`` printed."""

from __future__ import annotations

from pathlib import Path

from ...core.config import Config, parse_config
from ...core.errors import DataError
from .key import load_object
from .scoring import SourceScore

EXPECTED = "what `audio-omni study score KEY RATINGS --json` prints"


class _Saved(Config):
    scores: tuple[SourceScore, ...]


def read_scores(path: Path) -> dict[str, tuple[SourceScore, ...]]:
    """Return the means of each system and hidden clip by scale, ``OVL`` and ``REL``.

    Raises:
        DataError: if the file cannot be read, or holds something else.
    """
    scales = load_object(path, EXPECTED).get("scales")
    if not isinstance(scales, dict) or not scales:
        raise DataError(f"{path} has no scores by scale; expected {EXPECTED}.")
    found = {}
    for scale, values in scales.items():
        where = f"{path}, scale {scale}"
        kept = {"scores": values.get("scores")} if isinstance(values, dict) else {}
        found[str(scale)] = parse_config(_Saved, kept, where=where, error=DataError).scores
    return found
