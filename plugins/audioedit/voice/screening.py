"""Which recordings are fit for pairs of voices: consent and licence first, then the sound."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ....core.errors import DataError, MediaError
from ..ingredients.recording import cut_off, unreadable
from ..licences import split_licences, terms_of
from ..seeds import fraction
from ..sound.guards import Signal, fault, to_mono
from .config import NO_LIMIT, VoiceConfig
from .quality import CLIPPED_RUN, longest_clipped_run, occupied_hz, snr_db
from .utterances import Rejection, Utterance

if TYPE_CHECKING:
    from ....core.media.waveform import Waveform

NO_DERIVATIVES, UNKNOWN = 4, 5
"""Ranks of `licences.Terms`."""
TEST = "test"

OnHeard = Callable[[int, int], None]
"""Told how many recordings were heard, of how many."""


@dataclass(frozen=True)
class Heard:
    """A recording that is fit.

    Attributes:
        told: what the manifest says.
        sha256: of its samples, one channel, as float32; what it is known by.
        seconds: how long it is.
        speech_seconds: from its first sound to its last.
        rate_hz: samples per second.
        channels: that the file has.
        snr_db: estimate of signal to noise, at most 100.
        occupied_hz: up to where its spectrum carries something.
    """

    told: Utterance
    sha256: str
    seconds: float
    speech_seconds: float
    rate_hz: int
    channels: int
    snr_db: float
    occupied_hz: float

    @property
    def id(self) -> str:
        """Return the id of the line."""
        return self.told.id


Known = TypeVar("Known", Utterance, Heard)
Fit = TypeVar("Fit")


def screen(
    utterances: Iterable[Utterance],
    folder: Path,
    config: VoiceConfig,
    on_heard: OnHeard = lambda *_: None,
) -> tuple[list[Heard], list[Rejection]]:
    """Return the recordings that are fit, in order of their ids, and why others are not.

    Args:
        utterances: as they were read.
        folder: what their paths are relative to.
        config: what recordings have to be like.
        on_heard: called after each recording.
    """
    found = list(utterances)
    refusing = {one.speaker for one in found if one.voice_consent is False}

    def judge(one: Utterance) -> Heard | Rejection:
        return _forbidden(one, config, refusing) or listen(one, folder, config)

    heard, rejected = sifted(found, judge, on_heard)
    kept, twins = _once(heard)
    return kept, rejected + twins


def sifted(
    found: Iterable[Known], judge: Callable[[Known], Fit | Rejection], on_heard: OnHeard
) -> tuple[list[Fit], list[Rejection]]:
    """Return what a judge makes of things in order of their ids, and what it rejects.

    Args:
        found: what is judged.
        judge: says what becomes of one, or why it is rejected.
        on_heard: called after each.
    """
    ordered = sorted(found, key=lambda one: one.id)
    fit: list[Fit] = []
    rejected: list[Rejection] = []
    for number, one in enumerate(ordered, 1):
        told = judge(one)
        if isinstance(told, Rejection):
            rejected.append(told)
        else:
            fit.append(told)
        on_heard(number, len(ordered))
    return fit, rejected


def split_of(one: Utterance, config: VoiceConfig) -> str:
    """Return the split of a recording's speaker: as told, or drawn from the speaker's name."""
    if one.split is not None:
        return one.split
    drawn = fraction(config.key, "split", one.speaker)
    return TEST if drawn < config.test_share else "train"


def open_mono(one: Utterance, folder: Path) -> tuple[Waveform, Signal, str]:
    """Return a recording as decoded, one channel of it (N,), and what was done to the others.

    Raises:
        MediaError: if it cannot be read.
    """
    from ....core.media.audio import load_waveform

    sound = load_waveform(folder / one.path)
    mono = to_mono(sound.samples.numpy())
    return sound, mono.samples, mono.note


def digest_of(samples: Signal) -> str:
    """Return the SHA-256 of (N,) float32 samples."""
    return hashlib.sha256(samples.tobytes()).hexdigest()


def listen(one: Utterance, folder: Path, config: VoiceConfig) -> Heard | Rejection:
    """Return what is heard in one recording, or why it is not fit."""
    from ....core.media.sounding import sounding_span
    from ....core.media.waveform import Waveform

    try:
        sound, samples, _ = open_mono(one, folder)
    except (MediaError, DataError) as failure:
        why = unreadable(failure)
        return Rejection(one.id, why.reason, why.detail or "")
    if (early := cut_off(sound)) is not None:
        return Rejection(one.id, "undecodable", early)
    if (refused := fault(samples)) is not None:
        return Rejection(one.id, refused[0], f"{refused[1]:.4g}")
    rate = sound.sample_rate_hz
    width, ratio = occupied_hz(samples, rate), snr_db(samples, rate)
    why_not = _unfit(one.id, sound, samples, config, width=width, ratio=ratio)
    if why_not is not None or ratio is None:
        return why_not or Rejection(one.id, "snr_unknown")
    import torch

    span = sounding_span(Waveform(torch.from_numpy(samples)[None], rate)) or (0.0, sound.seconds)
    return Heard(
        told=one,
        sha256=digest_of(samples),
        seconds=sound.seconds,
        speech_seconds=round(span[1] - span[0], 6),
        rate_hz=rate,
        channels=sound.channels,
        snr_db=round(min(ratio, NO_LIMIT), 2),
        occupied_hz=round(width),
    )


def _unfit(
    id_: str,
    sound: Waveform,
    samples: Signal,
    config: VoiceConfig,
    *,
    width: float,
    ratio: float | None,
) -> Rejection | None:
    shortest, longest = config.utterance_seconds
    run, rate = longest_clipped_run(samples), sound.sample_rate_hz
    checks = [
        ("too_short", sound.seconds < shortest, f"{sound.seconds:.2f} s"),
        ("too_long", sound.seconds > longest, f"{sound.seconds:.2f} s"),
        ("clipped", run >= CLIPPED_RUN, f"{run} samples in a row"),
        ("low_rate", rate < config.least_rate_hz, f"{rate} Hz"),
        ("narrow_band", width < config.least_occupied_hz, f"{width:.0f} Hz"),
        ("snr_unknown", ratio is None, ""),
        ("noisy", ratio is not None and ratio < config.least_snr_db, f"{ratio or 0:.1f} dB"),
    ]
    return next((Rejection(id_, code, detail) for code, is_so, detail in checks if is_so), None)


def _forbidden(one: Utterance, config: VoiceConfig, refusing: Collection[str]) -> Rejection | None:
    """Return why a voice may not be used, if it may not; nothing is opened for it.

    Consent is a speaker's: who says no in one line is left out of all.
    """
    if one.speaker in refusing:
        return Rejection(one.id, "no_consent", "the speaker says no")
    if not (one.voice_consent or config.voice_consent):
        return Rejection(one.id, "no_consent")
    ranks = [terms_of(name).rank for name in split_licences(one.licence)]
    if max(ranks) >= UNKNOWN:
        return Rejection(one.id, "licence_unknown", (one.licence or "")[:60])
    if max(ranks) >= NO_DERIVATIVES:
        return Rejection(one.id, "licence_forbids", (one.licence or "")[:60])
    if split_of(one, config) != TEST:
        return Rejection(one.id, "other_split", split_of(one, config))
    return None


def _once(heard: Iterable[Heard]) -> tuple[list[Heard], list[Rejection]]:
    """Return recordings of which none is another's copy, and the copies."""
    alike: defaultdict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        alike[one.sha256].append(one)
    kept, rejected = [], []
    for twins in alike.values():
        is_one_voice = len({one.told.speaker for one in twins}) == 1
        kept += twins[:1] if is_one_voice else []
        for one in twins[1:] if is_one_voice else twins:
            others = ", ".join(other.id for other in twins if other is not one)
            rejected.append(Rejection(one.id, "duplicate_recording", others[:200]))
    return sorted(kept, key=lambda one: one.id), rejected
