"""A plan → its tracks on one integer grid, so that an edit's difference is its event exactly.

Shapes: N samples of the scene, or (N, 2) in stereo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..blobs import BlobStore, Grid
from ..config import AudioEditConfig
from ..providers.contract import ProviderFailure, Warper
from ..sound.grid import fade_edges, mix, quantise
from ..sound.guards import Signal
from ..sound.loudness import gain, lufs, true_peak
from .plan import PlannedEvent, ScenePlan

CEILING_DB = -1.0
LEAST_GAIN_DB = -12.0
MOST_EVENT_GAIN_DB = 30.0
LEVELLINGS, CLOSE_DB = 3, 0.01
LEAST_ENERGY = 0.4
"""Share of an event's energy, length allowed for, that has to survive the warper."""

REASONS = {
    "too_hot": "the scene would have to be turned down by more than 12 dB",
    "event_silent": "nothing is left of an event after it was warped",
    "transient_lost": "the warper kept less than 40 % of an event's energy",
    "gain_explosion": "an event would need more than 30 dB of gain",
    "warp_failed": "the warper failed",
    "inaudible": "the event cannot be heard in its scene",
    "background_quiet": "the part of the background has no loudness",
}


class Unusable(Exception):
    """A plan that cannot be rendered well; another draw may."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep the code of `REASONS`."""
        super().__init__(detail or REASONS[reason])
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Tracks:
    """A rendered scene, all on one grid.

    Attributes:
        background: what goes on throughout.
        events: each alone in the scene, in the plan's order.
        gain: the one gain of all of them.
        background_lufs: loudness of the background, before the common gain.
        event_lufs: of each event over its own length, before the common gain.
        bits: of the grid.
    """

    background: Grid
    events: tuple[Grid, ...]
    gain: float
    background_lufs: float
    event_lufs: tuple[float, ...]
    bits: int

    def mixture(self, without: int | None = None) -> Grid:
        """Return the scene, or the scene without one of its events."""
        parts = [event for k, event in enumerate(self.events) if k != without]
        return mix([self.background, *parts], self.bits)


class Renderer:
    """Renders plans; draws nothing."""

    def __init__(self, config: AudioEditConfig, blobs: BlobStore, warper: Warper | None) -> None:
        """Keep what is rendered from, and what warps; `None` where nothing is warped."""
        self.config = config
        self.warper = warper
        self._load: Callable[[str], Signal] = lru_cache(maxsize=256)(
            lambda sha256: blobs.samples(sha256)[0]
        )

    def render(self, plan: ScenePlan) -> Tracks:
        """Return the tracks of a plan.

        Raises:
            Unusable: if an event did not survive, or the scene is too hot.
        """
        bed, level = self._background(plan)
        levelled = [self._event(event, plan, level) for event in plan.events]
        background = _spread(bed, 0.0, self._stereo)
        stems = [
            _placed(_spread(stem, event.pan, self._stereo), event.onset, self.config.samples)
            for (stem, _), event in zip(levelled, plan.events, strict=True)
        ]
        common = _common_gain(background, stems, plan.edited)
        bits = self.config.bits
        return Tracks(
            background=quantise(background, common, bits),
            events=tuple(quantise(stem, common, bits) for stem in stems),
            gain=common,
            background_lufs=level,
            event_lufs=tuple(loudness for _, loudness in levelled),
            bits=bits,
        )

    @property
    def _stereo(self) -> bool:
        assert self.config.synthesis is not None  # noqa: S101 - the branch exists
        return self.config.synthesis.stereo

    def _background(self, plan: ScenePlan) -> tuple[Signal, float]:
        """Return the background at its level, and its loudness there."""
        whole = self._load(plan.background_sha256)
        total, start = self.config.samples, plan.background_start
        part = whole[start : start + total]
        if len(part) < total:  # it lacks up to 5 %, see the stage ``ingredients``
            part = np.pad(part, (0, total - len(part)))
        part = _low_passed(part, plan.low_pass_hz, self.config.sample_rate_hz)
        own = lufs(part, self.config.sample_rate_hz)
        if own is None:
            raise Unusable("background_quiet")
        assert self.config.synthesis is not None  # noqa: S101 - the branch exists
        level = self.config.synthesis.level
        if level.mode == "fixed":
            wanted = level.fixed_lufs
        else:
            wanted = float(np.clip(own, *level.natural_lufs))
            wanted = float(np.clip(wanted, own - level.most_gain_db, own + level.most_gain_db))
        return (part * np.float32(gain(wanted - own))).astype(np.float32), wanted

    def _event(
        self, event: PlannedEvent, plan: ScenePlan, background_lufs: float
    ) -> tuple[Signal, float]:
        """Return an event (length,) at its level, and its loudness there."""
        rate = self.config.sample_rate_hz
        cut = self._load(event.sha256)[event.start : event.start + event.frames]
        warped = self._warp(cut, event)
        if not np.isfinite(warped).all() or float(np.abs(warped).max(initial=0.0)) == 0.0:
            raise Unusable("event_silent")
        expected = float(np.square(cut, dtype=np.float64).sum()) * event.length / event.frames
        if float(np.square(warped, dtype=np.float64).sum()) < LEAST_ENERGY * expected:
            raise Unusable("transient_lost")
        shaped = fade_edges(_low_passed(warped, plan.low_pass_hz, rate), rate)
        wanted = background_lufs + event.snr_db
        return self._levelled(shaped, wanted), wanted

    def _levelled(self, samples: Signal, wanted_lufs: float) -> Signal:
        """Return samples at a loudness.

        Measured again after a gain: blocks that the absolute gate of −70 LUFS left out before may
        count now, which can be worth half a decibel for sounds with quiet tails.

        Raises:
            Unusable: if they have no loudness, or would need more than 30 dB of gain.
        """
        total = 0.0
        for _ in range(LEVELLINGS):
            own = lufs(samples * np.float32(gain(total)), self.config.sample_rate_hz)
            if own is None:
                raise Unusable("event_silent")
            total += wanted_lufs - own
            if total > MOST_EVENT_GAIN_DB:
                raise Unusable("gain_explosion", f"{total:.1f} dB of gain would be needed")
            if abs(wanted_lufs - own) < CLOSE_DB:
                break
        return (samples * np.float32(gain(total))).astype(np.float32)

    def _warp(self, cut: Signal, event: PlannedEvent) -> Signal:
        if event.pitch_semitones == 0 and event.length == event.frames:
            return cut
        assert self.warper is not None  # noqa: S101 - the configuration was checked
        try:
            return self.warper.warp(
                cut, self.config.sample_rate_hz, event.pitch_semitones, event.length
            )
        except ProviderFailure as failure:
            raise Unusable("warp_failed", str(failure)) from None


def _common_gain(background: Signal, stems: list[Signal], edited: int) -> float:
    """Return the gain under which no track that a pair may use exceeds −1 dB of true peak.

    Raises:
        Unusable: if it would be under −12 dB.
    """
    without = background + sum((s for k, s in enumerate(stems) if k != edited), np.float32(0))
    tracks = [without + stems[edited], without, background, *stems]
    peak = max(_peak(track) for track in tracks)
    common = min(1.0, gain(CEILING_DB) / peak) if peak > 0 else 1.0
    if common < gain(LEAST_GAIN_DB):
        raise Unusable("too_hot", f"the true peak is {20 * np.log10(peak):.1f} dBFS")
    return common


def _peak(track: Signal) -> float:
    channels = track.T if track.ndim == 2 else track[None]
    return max(true_peak(np.ascontiguousarray(channel)) for channel in channels)


def _placed(stem: Signal, onset: int, total: int) -> Signal:
    placed = np.zeros((total, *stem.shape[1:]), np.float32)
    placed[onset : onset + len(stem)] = stem
    return placed


def _spread(mono: Signal, pan: float, stereo: bool) -> Signal:
    """Return (N,), or (N, 2) in stereo: constant power, ``pan`` −1 is left."""
    if not stereo:
        return mono
    angle = (pan + 1) * np.pi / 4
    sides = np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(np.sqrt(2))
    return mono[:, None] * sides


def _low_passed(samples: Signal, cutoff_hz: float | None, sample_rate_hz: int) -> Signal:
    """Return samples with nothing above a frequency, by a slope of an eighth of it."""
    if cutoff_hz is None or cutoff_hz >= sample_rate_hz / 2:
        return samples
    size = 1 << (len(samples) + 4096 - 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    slope = np.clip((cutoff_hz - frequency) / (cutoff_hz / 8) + 0.5, 0, 1)
    spectrum = np.fft.rfft(samples, size) * (0.5 - 0.5 * np.cos(np.pi * slope))
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
