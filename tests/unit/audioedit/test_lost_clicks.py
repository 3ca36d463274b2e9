"""SoX loses short sounds, and what it lost is never a pair (acceptance test 4, risk 25).

With the program itself, where it is installed; elsewhere something stands in for it.
"""

import shutil

import numpy as np
import pytest
from audio_omni.core.config import NoOptions
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.providers.contract import Warper
from audio_omni.plugins.audioedit.providers.signalsmith import SignalsmithWarper
from audio_omni.plugins.audioedit.providers.sox import SoxConfig, SoxWarper
from audio_omni.plugins.audioedit.synthesis.plan import PlannedEvent, ScenePlan
from audio_omni.plugins.audioedit.synthesis.render import LEAST_ENERGY, Renderer
from audio_omni.plugins.audioedit.synthesis.unusable import Unusable

RATE, SECONDS, SEMITONES, STRETCH = 44100, 3.0, -3.0, 0.8


def clicks(seed):
    """Ten clicks of 10 ms within two seconds."""
    rng, samples = np.random.default_rng(seed), np.zeros(2 * RATE, np.float32)
    width = RATE // 100
    for start in 8000 * np.arange(10) + rng.integers(0, 3000, 10):
        samples[start : start + width] = 0.3 * rng.standard_normal(width) * np.hanning(width)
    return samples.clip(-0.9, 0.9)


def rendered(tmp_path, warper, samples):
    """Why a scene with an event cannot be made, or `None`."""
    blobs, source = BlobStore(tmp_path), [{"uri": "soundworld:events"}]

    def put(sound):
        grid = np.rint(sound.astype(np.float64) * 2.0**23).astype(np.int32)
        return blobs.put(grid, sample_rate_hz=RATE, bits=24)

    chosen = {"scenes": 1, "foreground": source, "background": source}
    config = AudioEditConfig.model_validate({"clip_seconds": SECONDS, "synthesis": chosen})
    bed = 0.02 * np.random.default_rng(0).standard_normal(round(SECONDS * RATE))
    event = PlannedEvent(
        ingredient="e", sha256=put(samples), start=0, frames=len(samples),
        pitch_semitones=SEMITONES, stretch=STRETCH, length=round(STRETCH * len(samples)),
        onset=0, snr_db=0.0,
    )  # fmt: skip
    plan = ScenePlan(
        scene=0, draw=0, split="train", tasks=("add",), background="b",
        background_sha256=put(bed), background_start=0, events=(event,), edited=0,
    )  # fmt: skip
    try:
        Renderer(config, blobs, warper).render(plan)
    except Unusable as failure:
        return failure.reason
    return None


def energy_left(warper, samples):
    length = round(STRETCH * len(samples))
    warped = warper.warp(samples, RATE, SEMITONES, length)
    return float(np.sum(warped**2) / np.sum(samples**2)) / STRETCH


def test_the_default_warper_loses_none(tmp_path):
    warper = SignalsmithWarper(NoOptions())
    for seed in range(4):
        assert rendered(tmp_path, warper, clicks(seed)) is None


class Keeping(Warper):
    """Keeps a share of the energy, length allowed for."""

    licence = "none"

    def __init__(self, share):
        super().__init__(NoOptions())
        self.share = share

    def warp(self, samples, sample_rate_hz, semitones, length):
        kept = samples[:length].copy()
        wanted = self.share * STRETCH * float(np.sum(samples**2))
        return kept * np.float32(np.sqrt(wanted / float(np.sum(kept**2))))


@pytest.mark.parametrize(("share", "reason"), [(0.39, "transient_lost"), (0.41, None)])
def test_forty_percent_of_the_energy_have_to_survive(tmp_path, share, reason):
    assert rendered(tmp_path, Keeping(share), clicks(0)) == reason


@pytest.mark.skipif(shutil.which("sox") is None, reason="needs the program sox")
def test_what_sox_loses_is_found_out(tmp_path):
    warper, lost = SoxWarper(SoxConfig()), 0
    for seed in range(12):
        samples = clicks(seed)
        gone = energy_left(warper, samples) < LEAST_ENERGY
        assert (rendered(tmp_path, warper, samples) == "transient_lost") is gone
        lost += gone
    assert lost > 0
