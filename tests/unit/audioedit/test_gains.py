"""No near-silent recording is raised without bounds (risk 24), nor a faint event (risk 25)."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.sound.loudness import lufs
from audio_omni.plugins.audioedit.synthesis.plan import PlannedEvent, ScenePlan
from audio_omni.plugins.audioedit.synthesis.render import Renderer
from audio_omni.plugins.audioedit.synthesis.unusable import Unusable

RATE, SECONDS = 16000, 3.0


def config(**level):
    source = [{"uri": "soundworld:events"}]
    return AudioEditConfig.model_validate({
        "sample_rate_hz": RATE, "clip_seconds": SECONDS,
        "synthesis": {"scenes": 1, "foreground": source, "background": source, "warper": None,
                      "pitch_semitones": [0, 0], "stretch": [1, 1], "level": level},
    })  # fmt: skip


def noise(level, seconds=SECONDS, seed=0):
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def tracks_of(tmp_path, background, event, **level):
    blobs = BlobStore(tmp_path)

    def put(samples):
        grid = np.rint(np.clip(samples, -0.99, 0.99) * 2.0**23).astype(np.int32)
        return blobs.put(grid, sample_rate_hz=RATE, bits=24)

    planned = PlannedEvent(
        ingredient="e", sha256=put(event), start=0, frames=len(event), pitch_semitones=0.0,
        stretch=1.0, length=len(event), onset=0, snr_db=0.0,
    )  # fmt: skip
    plan = ScenePlan(
        scene=0, draw=0, split="train", tasks=("add",), background="b",
        background_sha256=put(background), background_start=0, events=(planned,), edited=0,
    )  # fmt: skip
    return Renderer(config(**level), blobs, None).render(plan)


@pytest.mark.parametrize("level", [1e-3, 3e-3, 0.02, 0.3])
def test_a_background_is_moved_by_twelve_decibels_at_most(tmp_path, level):
    background = noise(level)
    own = lufs(background, RATE)
    tracks = tracks_of(tmp_path, background, noise(0.1, 1.0, seed=1))
    assert abs(tracks.background_lufs - own) <= 12.0 + 1e-6
    if -47 < own < -4:  # then it comes within the natural range
        assert -35.0 - 1e-6 <= tracks.background_lufs <= -16.0 + 1e-6
    else:
        assert abs(tracks.background_lufs - own) == pytest.approx(12.0)


def test_levels_and_bounds_may_be_set(tmp_path):
    sounds = noise(0.02), noise(0.1, 1.0, seed=1)
    assert tracks_of(tmp_path, *sounds, mode="fixed").background_lufs == -25.0
    own = lufs(sounds[0], RATE)
    kept = tracks_of(tmp_path, *sounds, most_gain_db=0.0).background_lufs
    assert kept == pytest.approx(own, abs=0.01)


def test_a_background_that_would_need_more_than_twenty_decibels_is_refused(tmp_path):
    event = noise(0.1, 1.0, seed=1)
    own = lufs(noise(1e-3), RATE)
    near = tracks_of(tmp_path, noise(1e-3), event, mode="fixed", fixed_lufs=own + 19.9)
    assert near.background_lufs == pytest.approx(own + 19.9)
    with pytest.raises(Unusable, match=r"20\.1 dB of gain would be needed") as refused:
        tracks_of(tmp_path, noise(1e-3), event, mode="fixed", fixed_lufs=own + 20.1)
    assert refused.value.reason == "background_gain"


def test_a_background_without_loudness_is_refused(tmp_path):
    with pytest.raises(Unusable) as refused:
        tracks_of(tmp_path, noise(1e-5), noise(0.1, 1.0, seed=1))
    assert refused.value.reason == "background_quiet"


def test_an_event_that_would_need_more_than_thirty_decibels_is_refused(tmp_path):
    background = noise(0.1)
    tracks_of(tmp_path, background, noise(0.01, 1.0, seed=1))
    with pytest.raises(Unusable, match="dB of gain would be needed") as refused:
        tracks_of(tmp_path, background, noise(0.001, 1.0, seed=1))
    assert refused.value.reason == "gain_explosion"
