"""A plan → its tracks on one integer grid, so that an edit's difference is its event exactly.

Shapes: N samples of the scene, or (N, 2) in stereo.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ..blobs import BlobStore
from ..config import AudioEditConfig
from ..providers.contract import ProviderFailure, Warper
from ..sound.grid import fade_edges, quantise
from ..sound.guards import Signal
from ..sound.loudness import (
    REPEATED_S,
    SHORTEST_S,
    block_powers,
    gain,
    gated_loudness,
    k_weighted,
    loudness_of,
)
from ..stopwatch import timed
from .plan import PlannedEvent, ScenePlan
from .shaping import common_gain, low_passed, placed, spread
from .tracks import Level, Tracks
from .unusable import Unusable

EVENTS_KEPT, BACKGROUNDS_KEPT = 512, 64
"""Recordings that a process keeps decoded: an event is used more often, and is smaller."""
MOST_EVENT_GAIN_DB = 30.0
MOST_BACKGROUND_GAIN_DB = 20.0
"""What would need more is all but silent, and its noise is made loud; bounds ``level: fixed``."""
LEVELLINGS, CLOSE_DB = 3, 0.01
RINGING_S = 0.1
"""How long the filters of loudness ring on after an event."""
LEAST_ENERGY = 0.4
"""Share of an event's energy, length allowed for, that has to survive the warper."""


class Renderer:
    """Renders plans; draws nothing."""

    def __init__(self, config: AudioEditConfig, blobs: BlobStore, warper: Warper | None) -> None:
        """Keep what is rendered from, and what warps; `None` where nothing is warped."""
        self.config = config
        self.warper = warper
        self._load_event = _kept(blobs, EVENTS_KEPT)
        self._load_background = _kept(blobs, BACKGROUNDS_KEPT)
        self._weighted_background = lru_cache(maxsize=BACKGROUNDS_KEPT)(self._weigh_background)

    def render(self, plan: ScenePlan) -> Tracks:
        """Return the tracks of a plan.

        Raises:
            Unusable: if an event did not survive, or the scene is too hot.
        """
        bed, level = self._background(plan)
        levelled = [self._event(event, plan, level.lufs) for event in plan.events]
        total, bits = self.config.samples, self.config.bits
        background = spread(bed, 0.0, self._stereo)
        stems = [
            placed(spread(stem, event.pan, self._stereo), event.onset, total)
            for (stem, _), event in zip(levelled, plan.events, strict=True)
        ]
        common = common_gain(background, stems)
        weighted = tuple(
            placed(found.weighted, event.onset, total)
            for (_, found), event in zip(levelled, plan.events, strict=True)
        )
        return Tracks(
            background=quantise(background, common, bits),
            events=tuple(quantise(stem, common, bits) for stem in stems),
            gain=common,
            background_lufs=level.lufs,
            event_lufs=tuple(found.lufs for _, found in levelled),
            bits=bits,
            weighted=(level.weighted, weighted),
            sample_rate_hz=self.config.sample_rate_hz,
        )

    @property
    def _stereo(self) -> bool:
        assert self.config.synthesis is not None  # noqa: S101 - the branch exists
        return self.config.synthesis.stereo

    def _background(self, plan: ScenePlan) -> tuple[Signal, Level]:
        """Return the background at its level, and that level."""
        rate = self.config.sample_rate_hz
        part = self._cut(self._load_background(plan.background_sha256), plan)
        if plan.low_pass_hz is None:
            weighted = self._cut(self._weighted_background(plan.background_sha256), plan)
        else:
            part = low_passed(part, plan.low_pass_hz, rate)
            weighted = k_weighted(part, rate)
        own = gated_loudness(weighted, rate)
        if own is None:
            raise Unusable("background_quiet")
        assert self.config.synthesis is not None  # noqa: S101 - the branch exists
        level = self.config.synthesis.level
        if level.mode == "fixed":
            wanted = level.fixed_lufs
        else:
            wanted = float(np.clip(own, *level.natural_lufs))
            wanted = float(np.clip(wanted, own - level.most_gain_db, own + level.most_gain_db))
        if wanted - own > MOST_BACKGROUND_GAIN_DB:
            raise Unusable("background_gain", f"{wanted - own:.1f} dB of gain would be needed")
        factor = np.float32(gain(wanted - own))
        return part * factor, Level(wanted, weighted * factor)

    def _cut(self, whole: Signal, plan: ScenePlan) -> Signal:
        part = whole[plan.background_start :][: self.config.samples]
        lacking = self.config.samples - len(part)  # up to 5 %, see the stage ``ingredients``
        return np.pad(part, (0, lacking)) if lacking else part

    def _weigh_background(self, sha256: str) -> Signal:
        """Return a whole background as loudness weighs it, once for all that is cut from it.

        At a cut's beginning it knows what came before, where the cut alone would begin in silence:
        the filters forget within some milliseconds.
        """
        return k_weighted(self._load_background(sha256), self.config.sample_rate_hz)

    def _event(
        self, event: PlannedEvent, plan: ScenePlan, background_lufs: float
    ) -> tuple[Signal, Level]:
        """Return an event (length,) at its level, and that level."""
        rate = self.config.sample_rate_hz
        cut = self._load_event(event.sha256)[event.start : event.start + event.frames]
        warped = self._warp(cut, event)
        if not np.isfinite(warped).all() or float(np.abs(warped).max(initial=0.0)) == 0.0:
            raise Unusable("event_silent")
        expected = float(np.square(cut, dtype=np.float64).sum()) * event.length / event.frames
        if float(np.square(warped, dtype=np.float64).sum()) < LEAST_ENERGY * expected:
            raise Unusable("transient_lost")
        shaped = fade_edges(low_passed(warped, plan.low_pass_hz, rate), rate)
        wanted = background_lufs + event.snr_db
        room = max(0, self.config.samples - event.onset - event.length)
        rings = np.pad(shaped, (0, min(room, round(RINGING_S * rate))))
        weighted = k_weighted(rings, rate)
        alone = weighted[: len(shaped)]
        if len(shaped) < SHORTEST_S * rate:
            alone = k_weighted(np.resize(shaped, round(REPEATED_S * rate)), rate)
        factor = self._factor(alone, wanted)
        return shaped * factor, Level(wanted, weighted * factor)

    def _factor(self, weighted: Signal, wanted_lufs: float) -> np.float32:
        """Return the factor that brings a sound to a loudness.

        Measured again after a gain: blocks that the absolute gate of −70 LUFS left out before may
        count now, which can be worth half a decibel for sounds with quiet tails.

        Raises:
            Unusable: if it has no loudness, or would need more than 30 dB of gain.
        """
        total, power = 0.0, block_powers(weighted, self.config.sample_rate_hz)
        for _ in range(LEVELLINGS):
            own = loudness_of(power * gain(total) ** 2)
            if own is None:
                raise Unusable("event_silent")
            total += wanted_lufs - own
            if total > MOST_EVENT_GAIN_DB:
                raise Unusable("gain_explosion", f"{total:.1f} dB of gain would be needed")
            if abs(wanted_lufs - own) < CLOSE_DB:
                break
        return np.float32(gain(total))

    @timed("warp")
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


def _kept(blobs: BlobStore, count: int) -> Callable[[str], Signal]:
    """Return what decodes recordings by hash, and keeps so many."""

    @lru_cache(maxsize=count)
    @timed("reading recordings")
    def samples(sha256: str) -> Signal:
        return blobs.samples(sha256)[0]

    return samples
