"""Writes what was planned: audio, records, and rows that tasks and measures read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....core.errors import DataError
from ..blobs import encode_flac, write_whole
from ..licences import licence_facts
from ..providers.activity import resampled
from ..records import AudioFacts, IngredientFacts, Provenance, Quality, ToolUse
from ..sound.loudness import lufs, to_db, true_peak
from .config import VoiceConfig
from .records import WATERMARK, PlannedPair, VoiceRecord, VoiceTask
from .screening import Heard, digest_of, open_mono

AUDIO, RECORDS, MANIFEST, REFERENCES, PLAN, SCHEMA = (
    "audio", "records.jsonl", "manifest.jsonl", "reference.jsonl", "plan.jsonl",
    "record.schema.json",
)  # fmt: skip
BITS = 24
"""Of what is written: every value of a file of 16 or 24 bits is kept exactly."""
FIELDS = {"source": "source_audio", "voice": "voice_audio", "reference": "reference_audio"}
"""Role → field of a row."""
MEASURED_AGAINST: dict[VoiceTask, str] = {
    "voice_conversion": "reference",
    "speech_editing": "source",
}
"""Task → role of the recording that measures compare a result with."""

OnWritten = Callable[[int, int], None]
"""Told how many recordings are written, of how many."""


@dataclass(frozen=True)
class Written:
    """A recording as it is part of pairs.

    Attributes:
        path: of the file, relative to the folder.
        audio: the file.
        ingredient: where it comes from, but for its role.
        scores: what was measured of it.
        flags: what was done to it, and what to mind.
    """

    path: str
    audio: AudioFacts
    ingredient: IngredientFacts
    scores: dict[str, float]
    flags: tuple[str, ...]


def write_plan(folder: Path, pairs: Sequence[PlannedPair]) -> None:
    """Write down what is to be made, or check that it is what was begun.

    Raises:
        DataError: if another plan was; nothing is changed.
        StopRun: if the disk is full.
    """
    text = "".join(
        json.dumps(pair.model_dump(mode="json"), ensure_ascii=False, sort_keys=True) + "\n"
        for pair in pairs
    )
    path = folder / PLAN
    if path.is_file() and path.read_bytes() != text.encode():
        raise DataError(
            f"{folder} was begun with another plan: the recordings are others now, or what is "
            "asked of them. Name another folder, or delete this one; pairs of two plans do not mix."
        )
    write_whole(path, text.encode())


def render(
    pairs: Sequence[PlannedPair],
    heard: Iterable[Heard],
    source: Path,
    folder: Path,
    *,
    config: VoiceConfig,
    on_written: OnWritten = lambda *_: None,
) -> list[VoiceRecord]:
    """Write audio, records and rows of planned pairs; equal input gives equal bytes.

    Nothing is drawn here.

    Args:
        pairs: planned.
        heard: recordings that are fit.
        source: what their paths are relative to.
        folder: gets ``audio/``, `SCHEMA`, `RECORDS`, `MANIFEST` and `REFERENCES`.
        config: what decides pairs.
        on_written: called after each recording.

    Raises:
        DataError: if a recording is no longer what was heard.
        StopRun: if the disk is full.
    """
    by_id = {one.id: one for one in heard}
    needed = sorted({id_ for pair in pairs for id_ in pair.recordings.values()})
    written = {}
    for number, id_ in enumerate(needed, 1):
        written[id_] = _write_recording(by_id[id_], source, folder, config)
        on_written(number, len(needed))
    records = [_record(pair, by_id, written, config) for pair in pairs]
    rows = [_row(record, written, pair) for record, pair in zip(records, pairs, strict=True)]
    schema = json.dumps(VoiceRecord.model_json_schema(), indent=2)
    write_whole(folder / SCHEMA, f"{schema}\n".encode())
    _write_lines(folder / RECORDS, [record.line() for record in records])
    _write_lines(folder / MANIFEST, map(_json, rows))
    _write_lines(folder / REFERENCES, map(_json, map(_compared, rows)))
    return records


def _write_recording(one: Heard, source: Path, folder: Path, config: VoiceConfig) -> Written:
    sound, samples, note = open_mono(one.told, source)
    if digest_of(samples) != one.sha256:
        raise DataError(
            f"Recording '{one.id}' changed while pairs were made of it. Run the command again."
        )
    rate = config.sample_rate_hz or sound.sample_rate_hz
    clip = resampled(samples, sound.sample_rate_hz, rate)
    most = 1 - 2.0 ** (1 - BITS)
    peak = float(np.abs(clip).max())
    gain = min(1.0, most / peak)
    grid = np.rint(clip.astype(np.float64) * gain * 2.0 ** (BITS - 1)).astype(np.int32)
    data = encode_flac(grid, rate, BITS)
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / AUDIO / f"{sha256}.flac"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        write_whole(path, data)
    exact = (grid / 2.0 ** (BITS - 1)).astype(np.float32)
    changed = [f"resampled {sound.sample_rate_hz} → {rate} Hz"] * (rate != sound.sample_rate_hz)
    changed += [note] * bool(note) + [f"scaled by {gain:.6f}"] * (gain < 1)
    return Written(
        path=f"{AUDIO}/{path.name}",
        audio=AudioFacts(
            sha256=sha256,
            frames=len(grid),
            sample_rate=rate,
            channels=1,
            bits=BITS,
            lufs=lufs(exact, rate),
            true_peak_dbtp=to_db(true_peak(exact)),
        ),
        ingredient=IngredientFacts(
            role="recording",
            dataset=one.told.dataset or config.dataset,
            item=one.id,
            sha256=sha256,
            licence=one.told.licence,
            attribution=one.told.attribution,
            sample_rate=one.rate_hz,
            channels=one.channels,
            voice_consent=True,
        ),
        scores={
            "snr_db": one.snr_db,
            "occupied_hz": one.occupied_hz,
            "speech_seconds": one.speech_seconds,
        },
        flags=(*one.told.flags, *changed),
    )


def _record(
    pair: PlannedPair,
    by_id: Mapping[str, Heard],
    written: Mapping[str, Written],
    config: VoiceConfig,
) -> VoiceRecord:
    parts = {role: written[id_] for role, id_ in pair.recordings.items()}
    speakers = {by_id[id_].told.speaker for id_ in pair.recordings.values()}
    flags = dict.fromkeys(flag for part in parts.values() for flag in part.flags)
    return VoiceRecord(
        id=pair.id,
        dataset=config.dataset,
        version=config.version,
        split=pair.split,
        task=pair.task,
        groups=tuple(sorted(speakers)),
        facts=pair.facts,
        audio={role: part.audio for role, part in parts.items()},
        scores={role: part.scores for role, part in parts.items()},
        provenance=Provenance(
            ingredients=tuple(
                part.ingredient.model_copy(update={"role": role}) for role, part in parts.items()
            ),
            tools=(ToolUse(stage="screen", name="audio-omni voice screening", version="1"),),
            seeds={"pairs": config.key},
        ),
        licence=licence_facts([part.ingredient.licence for part in parts.values()]),
        quality=Quality(verified=True, flags=(WATERMARK, *flags)),
    )


def _row(record: VoiceRecord, written: Mapping[str, Written], pair: PlannedPair) -> dict[str, Any]:
    files = {FIELDS[role]: written[id_].path for role, id_ in pair.recordings.items()}
    credits_ = dict.fromkeys(i.attribution for i in record.ingredients() if i.attribution)
    return {
        "id": record.id,
        **files,
        **record.facts,
        "split": record.split,
        "voice_consent": True,
        WATERMARK: True,
        "licence": record.licence.effective,
        **({"attribution": "; ".join(credits_)} if credits_ else {}),
        "compared_with": FIELDS[MEASURED_AGAINST[record.task]],
    }


def _compared(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as `audio-omni score` reads references."""
    rest = {name: value for name, value in row.items() if name not in FIELDS.values()}
    return {"id": row["id"], "path": row[row["compared_with"]], **rest}


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
