"""A scene with one event takes at most 150 ms of a core; run on request, on a free machine."""

import os

import pytest
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.speed import measure
from small_pairs import CATALOG

MOST_CPU_S, SCENES = 0.15, 24
ASKED = "AUDIO_OMNI_SPEED"


@pytest.mark.slow
@pytest.mark.skipif(ASKED not in os.environ, reason="it measures time; ask for it: make speed")
def test_a_scene_with_one_event_takes_at_most_150_ms():
    pytest.importorskip("python_stretch")
    known = {"sample_rate_hz": 44100}
    synthesis = {
        "scenes": SCENES,
        "events": {1: 1.0},
        "foreground": [{"uri": "soundworld:events", "options": {**known, "rows": 24}}],
        "background": [
            {"uri": "soundworld:backgrounds", "options": {**known, "clip_seconds": 10, "rows": 8}}
        ],
    }
    told = measure(AudioEditConfig.model_validate({"synthesis": synthesis}), CATALOG, workers=1)
    run = told.runs[0]
    assert told.settings["warps"]
    assert run.scenes == SCENES - 1  # the first warms up
    assert run.cpu_seconds / run.scenes <= MOST_CPU_S
