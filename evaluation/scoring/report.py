"""What a score found, as one record that is written and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field

from ...core.config import Config, parse_config
from ...core.errors import DataError
from ...core.metric_result import MetricResult

FORMAT: Literal["audio-omni score 1"] = "audio-omni score 1"


class SetReport(Config):
    """One side.

    Attributes:
        path: folder or manifest.
        clips: measured on this side.
        digest: of their ids and contents.
        silent: with a peak below -60 dBFS.
        clipped: with a sample at full scale.
        unreadable: files left out, by id, with the reason.
        ignored_files: in the folder, and no audio by their names.
        sample_rates_hz: clips by rate, of the files.
        channels: clips by number of channels, of the files.
        seconds: shortest, median and longest duration, of the files.
    """

    path: str
    clips: int
    digest: str
    silent: int
    clipped: int
    unreadable: dict[str, str] = Field(default_factory=dict)
    ignored_files: int = 0
    sample_rates_hz: dict[str, int]
    channels: dict[str, int]
    seconds: dict[str, float]


class ScoreReport(Config):
    """Everything that a score found.

    Attributes:
        format: of this record.
        request: what was asked for.
        versions: of the package, of torch, and of every plugin.
        sets: by side.
        pairing: how pairs were found, and what has no other half.
        applied: clips that each change was made to.
        results: one for each metric that has a value.
        refused: reason by metric that has none.
        left_out: by metric, rows that it refused, with the reason.
        undefined: by metric, rows that it has no value for, with the reason.
        clips: by metric, value by row, where there is one for each row.
        flags: of the sets.
        notes: what a reader must know, in sentences.
        made: when, how long it took, what was computed and what was known.
    """

    model_config = ConfigDict(allow_inf_nan=True)

    format: Literal["audio-omni score 1"] = FORMAT
    request: dict[str, Any]
    versions: dict[str, str]
    sets: dict[str, SetReport]
    pairing: dict[str, Any]
    applied: dict[str, int]
    results: tuple[MetricResult, ...]
    refused: dict[str, str]
    left_out: dict[str, dict[str, str]]
    undefined: dict[str, dict[str, str]] = Field(default_factory=dict)
    clips: dict[str, dict[str, float]]
    flags: tuple[str, ...]
    notes: tuple[str, ...]
    made: dict[str, Any]

    def result(self, name: str) -> MetricResult | None:
        """Return the result of a metric, or `None`."""
        return next((result for result in self.results if result.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return self.model_dump(mode="json")


def read_report(path: Path) -> ScoreReport:
    """Return a report from its JSON file, or from the folder that it is in.

    Raises:
        DataError: if it is not one.
    """
    file = path / "score.json" if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as failure:
        raise DataError(
            f"{file} cannot be read: {failure.strerror}. Expected the score.json of a score."
        ) from None
    except ValueError:
        raise DataError(f"{file} is not JSON; expected the score.json of a score.") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise DataError(
            f"{file} is not a score of this version; expected a file of `audio-omni score -o DIR`."
        )
    return parse_config(ScoreReport, values, where=str(file), error=DataError)
