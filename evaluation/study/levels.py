"""Clips of one item at one loudness. Shapes: C channels, N samples."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...core.config import Config
from ...core.errors import ConfigError
from ...core.media.waveform import Waveform

TARGET_LUFS = -23.0
PEAK_DBFS = -1.0
MOST_LOWERED_DB = 10.0
"""How far a whole item may go below the target, so that its spikiest clip fits."""

SHORTEST_S = 0.4
"""One gating block of ITU-R BS.1770: nothing shorter has a loudness."""

POLICY = (
    f"{TARGET_LUFS:g} LUFS (BS.1770), peak at most {PEAK_DBFS:g} dBFS; an item whose clips cannot "
    f"all reach it is lowered as a whole by at most {MOST_LOWERED_DB:g} dB"
)


class Level(Config):
    """What was done to the level of a clip.

    Attributes:
        measured_lufs: loudness as it came; `None` if it could not be measured.
        gain_db: what was applied.
        lufs: loudness as it is heard; `None` if it could not be measured.
        told: what a reader of the results should know, or `None`.
    """

    measured_lufs: float | None
    gain_db: float
    lufs: float | None
    told: str | None = None


def match_levels(clips: Mapping[str, Waveform]) -> dict[str, tuple[Waveform, Level]]:
    """Return the clips of one item at one loudness, with the record of it.

    The target is -23 LUFS. If that would take a clip's peak over -1 dBFS, all clips of the item
    are lowered alike, by at most 10 dB; a clip that still does not fit is lowered alone, and told.
    A clip without a loudness (silent, shorter than 0.4 s) keeps its level, and is told.

    Args:
        clips: of one sample rate, by name.

    Raises:
        ConfigError: if pyloudnorm is not installed.
    """
    measured = {name: loudness_lufs(clip) for name, clip in clips.items()}
    peaks = {name: _peak_dbfs(clip) for name, clip in clips.items()}
    reachable = [
        PEAK_DBFS - peaks[name] + loudness
        for name, loudness in measured.items()
        if loudness is not None
    ]
    target = max(min([TARGET_LUFS, *reachable]), TARGET_LUFS - MOST_LOWERED_DB)
    return {
        name: _at_level(clip, measured[name], peaks[name], target) for name, clip in clips.items()
    }


def loudness_lufs(clip: Waveform) -> float | None:
    """Return the integrated loudness in LUFS; `None` if silent or shorter than 0.4 s.

    Raises:
        ConfigError: if pyloudnorm is not installed.

    Source: ITU-R BS.1770-4, as pyloudnorm computes it.
    """
    try:
        import pyloudnorm
    except ImportError:
        raise ConfigError(
            "Levels are matched with pyloudnorm, which is not installed. "
            "Install it with: pip install 'audio-omni[eval]'."
        ) from None
    if clip.seconds < SHORTEST_S:
        return None
    samples = clip.samples.detach().cpu().double().numpy().T
    loudness = float(pyloudnorm.Meter(clip.sample_rate_hz).integrated_loudness(samples))
    return loudness if math.isfinite(loudness) else None


def _at_level(
    clip: Waveform, loudness: float | None, peak: float, target: float
) -> tuple[Waveform, Level]:
    wanted = 0.0 if loudness is None else target - loudness
    gain = min(wanted, PEAK_DBFS - peak)
    told = None
    if loudness is None:
        why = "silent" if peak == -math.inf or clip.seconds >= SHORTEST_S else "shorter than 0.4 s"
        told = f"its loudness cannot be measured ({why}), so its level is as it came"
    elif gain < wanted - 0.05:
        told = f"its peaks keep it {wanted - gain:.1f} dB quieter than the others of its item"
    samples = clip.samples * 10 ** (gain / 20)
    level = Level(
        measured_lufs=None if loudness is None else round(loudness, 2),
        gain_db=round(gain, 2),
        lufs=None if loudness is None else round(loudness + gain, 2),
        told=told,
    )
    return clip.converted(samples, f"gain {gain:+.2f} dB"), level


def _peak_dbfs(clip: Waveform) -> float:
    peak = float(clip.samples.abs().max()) if clip.samples.numel() else 0.0
    return 20 * math.log10(peak) if peak > 0 else -math.inf
