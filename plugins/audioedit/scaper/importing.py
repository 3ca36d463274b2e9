"""Scaper's scene → our plan: its numbers as samples, its recordings as blobs.

What differs is told in `import_scene`. Shapes: N samples, mono.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from ....core.config import parse_config
from ....core.errors import DataError
from ....core.media.audio import load_waveform
from ..blobs import BlobStore
from ..config import SYNTHETIC, AudioEditConfig
from ..providers.activity import resampled
from ..sound.guards import Signal, to_mono
from ..synthesis.plan import PlannedEvent, ScenePlan
from .jams import ScaperScene, ScaperSound

BITS = 24
MOST = 1 - 2.0 ** (1 - BITS)


@dataclass(frozen=True)
class Imported:
    """A scene as our renderer takes it."""

    config: AudioEditConfig
    plan: ScenePlan


def import_scene(
    scene: ScaperScene,
    blobs: BlobStore,
    folders: Sequence[Path],
    *,
    bits: int = BITS,
    warper: str | None = "signalsmith",
) -> Imported:
    """Return the plan of a scene, and a configuration with which it is rendered.

    Places, lengths, pitch, stretch and SNR are Scaper's; backgrounds are brought to its ``ref_db``,
    and repeated where they are short. What differs in the sound: events are faded before they are
    levelled, not after, and by another curve; one gain keeps the scene under −1 dB of true peak;
    an event that reaches beyond the scene's end is cut before it is levelled.

    Args:
        scene: from `jams.read_scene`.
        blobs: gets the recordings, cut and at the scene's rate.
        folders: where its recordings are looked for.
        bits: of the integer grid.
        warper: what changes pitch and length; none is needed where nothing is changed.

    Raises:
        DataError: if a recording is not there, or ends before it is to begin.
        MediaError: if one cannot be decoded.
    """
    rate = scene.settings.sr
    total = int(scene.settings.duration * rate)
    bed = _cut(scene.background, folders, rate)
    bed = np.resize(bed, total)  # as often as it takes
    planned = sorted(
        (_planned(event, blobs, folders, rate, total) for event in scene.events),
        key=lambda event: event.onset,
    )
    plan = ScenePlan(
        scene=0,
        draw=0,
        split="train",
        tasks=SYNTHETIC,
        background=_name(scene.background),
        background_sha256=_put(bed, blobs, rate),
        background_start=0,
        events=tuple(planned),
        edited=0,
    )
    return Imported(_config(scene, planned, bits, warper), plan)


def _planned(
    event: ScaperSound, blobs: BlobStore, folders: Sequence[Path], rate: int, total: int
) -> PlannedEvent:
    onset, stretch = int(rate * event.event_time), event.time_stretch or 1.0
    room = total - onset
    if room < 1:
        raise DataError(
            f"'{event.label}' begins at {event.event_time:g} s; expected a time within the scene."
        )
    samples = _cut(event, folders, rate)[: int(np.ceil(room / stretch))]
    return PlannedEvent(
        ingredient=_name(event),
        sha256=_put(samples, blobs, rate),
        start=0,
        frames=len(samples),
        pitch_semitones=event.pitch_shift or 0.0,
        stretch=stretch,
        length=min(room, max(1, round(len(samples) * stretch))),
        onset=onset,
        snr_db=event.snr,
    )


def _cut(sound: ScaperSound, folders: Sequence[Path], rate: int) -> Signal:
    """Return what Scaper cuts of a recording (N,), at the scene's rate."""
    clip = load_waveform(_found(sound, folders))
    own = clip.sample_rate_hz
    start = int(sound.source_time * own)
    stop = int((sound.source_time + sound.event_duration) * own)
    part = clip.samples.numpy()[:, start:stop]
    if not part.shape[1]:
        raise DataError(
            f"'{_name(sound)}' lasts {clip.seconds:g} s and is to be cut at "
            f"{sound.source_time:g} s; expected a longer recording. Is it the one that Scaper had?"
        )
    return resampled(to_mono(part).samples, own, rate)


def _found(sound: ScaperSound, folders: Sequence[Path]) -> Path:
    """Return the file of a sound: as it was named, or by its class and name in a folder."""
    named = Path(sound.source_file)
    short = Path(sound.label) / PureWindowsPath(sound.source_file).name
    places = [place for folder in folders for place in (folder / named, folder / short)]
    for place in places:
        if place.is_file():
            return place
    raise DataError(
        f"The recording '{sound.source_file}' of '{sound.label}' is not there; looked for it as it "
        f"was named and as {short} in {', '.join(map(str, folders))}. Name the folder with --audio."
    )


def _name(sound: ScaperSound) -> str:
    """Return what records call it; never a path."""
    return f"{sound.role}:scaper:{sound.label}/{PureWindowsPath(sound.source_file).name}"


def _put(samples: Signal, blobs: BlobStore, rate: int) -> str:
    peak = max(1.0, float(np.abs(samples).max(initial=0.0)) / MOST)  # levels are set later
    grid = np.rint(samples.astype(np.float64) / peak * 2.0 ** (BITS - 1)).astype(np.int32)
    return blobs.put(grid, sample_rate_hz=rate, bits=BITS)


def _config(
    scene: ScaperScene, planned: Sequence[PlannedEvent], bits: int, warper: str | None
) -> AudioEditConfig:
    def span(name: str) -> list[float]:
        values = [getattr(event, name) for event in planned]
        return [min(values), max(values)]

    values: dict[str, Any] = {
        "dataset": "scaper",
        "sample_rate_hz": scene.settings.sr,
        "clip_seconds": scene.settings.duration,
        "bits": bits,
        "synthesis": {
            "scenes": 1,
            "share_scenes": True,
            "foreground": [{"uri": "scaper:foreground"}],
            "background": [{"uri": "scaper:background"}],
            "events": {len(planned): 1.0},
            **{name: span(name) for name in ("pitch_semitones", "stretch", "snr_db")},
            "level": {"mode": "fixed", "fixed_lufs": scene.settings.ref_db},
            "bandwidth_jitter": 0.0,
            "warper": None if warper is None else {"name": warper},
        },
    }
    return parse_config(AudioEditConfig, values, where=f"Scene {scene.name}", error=DataError)
