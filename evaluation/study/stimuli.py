"""The clips of one item as raters hear them: alike in everything but what is rated."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import soundfile

from ...core.media.convert import resample, to_channels
from ...core.media.decode import load_waveform
from ...core.media.waveform import Waveform
from .anchor import is_dull, low_anchor
from .clip_folders import ANCHOR, REFERENCE
from .key import Role
from .levels import Level, match_levels

LENGTHS_ALIKE_S = 0.1


@dataclass(frozen=True)
class Stimulus:
    """A clip to rate.

    Attributes:
        source: the system, ``"reference"`` or ``"anchor"``.
        role: which of the three it is.
        data: a FLAC file, 16 bit, without a comment.
        sha256: of the file that it was made from.
        seconds: how long it is.
        level: what was done to its loudness.
        conversions: everything that was done to it.
    """

    source: str
    role: Role
    data: bytes
    sha256: str
    seconds: float
    level: Level
    conversions: tuple[str, ...]


def build_stimuli(files: Mapping[str, Path]) -> tuple[list[Stimulus], list[str]]:
    """Return the clips of one item, and what a reader of the results should know.

    All get the highest rate and number of channels among them, one loudness, and one file format;
    a reference brings a low anchor.

    Args:
        files: one per system, and one called ``"reference"`` where there is one.

    Raises:
        MediaError: if a file cannot be decoded or converted.
        ConfigError: if pyloudnorm is not installed.
    """
    clips = _alike({name: load_waveform(path) for name, path in files.items()})
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    told = _lengths(clips)
    if REFERENCE in clips:
        clips[ANCHOR], digests[ANCHOR] = low_anchor(clips[REFERENCE]), digests[REFERENCE]
        if is_dull(clips[REFERENCE], clips[ANCHOR]):
            told.append(
                "so little of its reference lies above 3.5 kHz that its anchor can hardly be told "
                "from it"
            )
    stimuli = []
    for name, (clip, level) in match_levels(clips).items():
        if level.told:
            told.append(f"{name}: {level.told}")
        stimuli.append(
            Stimulus(
                source=name,
                role=_role(name),
                data=_flac(clip),
                sha256=digests[name],
                seconds=round(clip.seconds, 3),
                level=level,
                conversions=clip.conversions,
            )
        )
    return stimuli, told


def build_source(path: Path) -> tuple[bytes, list[str]]:
    """Return the clip that an edit began with as a FLAC file, and what was noted.

    Raises:
        MediaError: if the file cannot be decoded.
        ConfigError: if pyloudnorm is not installed.
    """
    clip, level = match_levels({"input": load_waveform(path)})["input"]
    return _flac(clip), [f"input: {level.told}"] if level.told else []


def _role(name: str) -> Role:
    if name == REFERENCE:
        return "reference"
    return "anchor" if name == ANCHOR else "system"


def _alike(clips: dict[str, Waveform]) -> dict[str, Waveform]:
    rate = max(clip.sample_rate_hz for clip in clips.values())
    channels = max(clip.channels for clip in clips.values())
    return {name: resample(to_channels(clip, channels), rate) for name, clip in clips.items()}


def _lengths(clips: Mapping[str, Waveform]) -> list[str]:
    """Return what to say about lengths, which nobody can hide from a rater."""
    seconds = {name: clip.seconds for name, clip in clips.items()}
    if max(seconds.values()) - min(seconds.values()) <= LENGTHS_ALIKE_S:
        return []
    told = ", ".join(f"{name} {length:.2f} s" for name, length in seconds.items())
    return [f"its clips differ in length ({told}), which raters can hear"]


def _flac(clip: Waveform) -> bytes:
    buffer = io.BytesIO()
    samples = clip.samples.detach().cpu().clamp(-1, 1).T.contiguous().numpy()
    soundfile.write(buffer, samples, clip.sample_rate_hz, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
