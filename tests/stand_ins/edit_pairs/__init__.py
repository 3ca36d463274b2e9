"""Editing pairs of the procedural world, written as the factory writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.licences import licence_facts
from audio_omni.plugins.audioedit.records import (
    AudioFacts,
    EditRecord,
    IngredientFacts,
    Provenance,
    Span,
    ToolUse,
    record_id,
)
from audio_omni.plugins.audioedit.words.captions import scene_caption
from audio_omni.plugins.audioedit.words.instructions import slots_of, word
from audio_omni.plugins.audioedit.words.table import row_words
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource

RATE, SECONDS, BITS = 16000, 3.0, 16
LICENCES = ("CC0-1.0", "CC-BY-3.0", "CC-BY-NC-3.0", None)


def make_records(root: Path, scenes: int, *, branch="synth") -> list[EditRecord]:
    """Three pairs, add, remove and extract, of each of some scenes; their audio below ``root``."""
    source = SoundworldSource("add", SoundworldOptions(rows=scenes, sample_rate_hz=RATE))
    return [
        record
        for number in range(scenes)
        for record in _of_scene(BlobStore(root), source.row(number), number, branch)
    ]


def _of_scene(blobs, row, number, branch):
    with_it, without = (
        np.rint(clip().samples.mean(axis=0).numpy() * 2 ** (BITS - 1)).astype(np.int32)
        for clip in (row.audio, row.media["source_audio"])
    )
    event = with_it - without
    sides = {
        "add": (without, with_it),
        "remove": (with_it, without),
        "extract": (with_it, event),
    }
    return [_record(blobs, row, number, branch, task, pair) for task, pair in sides.items()]


def _record(blobs, row, number, branch, task, pair):
    rng = np.random.default_rng([number, len(task)])
    words = row_words(str(row.truth["label"]), None)
    start, end = row.truth["span"][0]
    slots = slots_of(words.words, onset_s=start, clip_seconds=SECONDS)
    behind, both = scene_caption("a room", []), scene_caption("a room", [words.words.indefinite])
    captions = {
        "add": (behind, both),
        "remove": (both, behind),
        "extract": (both, scene_caption(None, [words.words.indefinite])),
    }[task]
    licences = ["CC0-1.0", LICENCES[number % 4]]
    ingredients = tuple(
        IngredientFacts(
            role=role,
            dataset="soundworld",
            item=f"{role}-{number}",
            sha256=f"{number:064x}",
            licence=licence,
            attribution=f"Somebody <{number % 3}>",
        )
        for role, licence in zip(("background", "event"), licences, strict=True)
    )
    event = {
        "onset": round(start * RATE),
        "length": round((end - start) * RATE),
        "pitch_semitones": float(rng.uniform(-3, 3)),
        "stretch": float(rng.uniform(0.8, 1.2)),
        "snr_db": float(rng.uniform(0, 3)),
    }
    plan = {
        "events": [event],
        "edited": 0,
        "background_lufs": float(rng.uniform(-35, -16)),
        "label": words.words.bare,
        "family": words.family,
    }
    return EditRecord(
        id=record_id(branch, task, [row.id], {}),
        dataset="pairs",
        version="1",
        split="train",
        branch=branch,
        task=task,
        groups=(f"world:{number}",),
        instruction=word(task, slots, rng=rng),
        source_caption=captions[0],
        target_caption=captions[1],
        source=_facts(blobs, pair[0]),
        target=_facts(blobs, pair[1]),
        spans=(Span(start_s=start, end_s=end),) if task != "extract" else (),
        scene=plan,
        scores={"snr_db": event["snr_db"]},
        provenance=Provenance(
            ingredients=ingredients,
            tools=(ToolUse(stage="render", name="soundworld", version="4"),),
        ),
        licence=licence_facts(licences),
    )


def _facts(blobs, grid):
    loudest = float(np.abs(grid).max()) / 2 ** (BITS - 1)
    return AudioFacts(
        sha256=blobs.put(grid, sample_rate_hz=RATE, bits=BITS),
        frames=len(grid),
        sample_rate=RATE,
        channels=1,
        bits=BITS,
        lufs=-30.0 - len(grid) % 3,
        true_peak_dbtp=20 * np.log10(max(loudest, 1e-6)),
    )
