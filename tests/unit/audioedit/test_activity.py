"""The gate says what pydub says, in 240 of 240 random cases (acceptance test 5)."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from audio_omni.plugins.audioedit.providers.activity import (
    EnergyActivity,
    EnergyConfig,
    loudest_dbfs,
)
from audio_omni.plugins.audioedit.providers.pydub_rule import active_ms, to_pcm

RATES = (16000, 22050, 24000, 32000, 44100, 48000)
GOLDENS = Path(__file__).with_name("pydub_spans.json")
WRITE_VARIABLE = "AUDIO_OMNI_WRITE_PYDUB_SPANS"


def case(seed: int) -> tuple[np.ndarray, int, dict]:
    """A clip of bursts and near-silences, and parameters; mono or stereo."""
    rng = np.random.default_rng(seed)
    rate = int(rng.choice(RATES))
    frames = int(rng.uniform(0.3, 3.0) * rate)
    channels = int(rng.integers(1, 3))
    level = 10 ** (np.repeat(rng.uniform(-80, -5, 30), -(-frames // 30))[:frames] / 20)
    samples = level[:, None] * rng.uniform(-1, 1, (frames, channels))
    samples[: int(rng.integers(0, rate // 4))] = 0
    options = {
        "window_ms": int(rng.choice([20, 50, 100, 250])),
        "threshold_dbfs": float(rng.uniform(-65, -10)),
        "step_ms": int(rng.choice([1, 5, 7, 10, 30])),
    }
    return to_pcm(samples), rate, options


def by_pydub(pcm, rate, options):
    from pydub import AudioSegment
    from pydub.silence import detect_nonsilent

    clip = AudioSegment(pcm.tobytes(), sample_width=2, frame_rate=rate, channels=pcm.shape[1])
    found = detect_nonsilent(
        clip, options["window_ms"], options["threshold_dbfs"], options["step_ms"]
    )
    return [tuple(span) for span in found]


def test_spans_are_pydubs():
    pytest.importorskip("pydub", reason="pydub is a test's own dependency, below Python 3.13")
    cases = {seed: case(seed) for seed in range(240)}
    found = {seed: active_ms(pcm, rate, **options) for seed, (pcm, rate, options) in cases.items()}
    wanted = {seed: by_pydub(*values) for seed, values in cases.items()}
    if os.environ.get(WRITE_VARIABLE):
        GOLDENS.write_text(json.dumps(wanted) + "\n", encoding="utf-8")
    assert found == wanted
    assert sum(len(spans) > 1 for spans in wanted.values()) > 100


def test_spans_are_those_that_pydub_gave():
    """Made by the test above with pydub 0.25.1, where AUDIO_OMNI_WRITE_PYDUB_SPANS is set."""
    wanted = json.loads(GOLDENS.read_text(encoding="utf-8"))
    assert len(wanted) == 240
    for seed, spans in wanted.items():
        pcm, rate, options = case(int(seed))
        assert active_ms(pcm, rate, **options) == [tuple(span) for span in spans], seed


def test_a_clip_shorter_than_the_window_is_judged_by_its_level():
    rule = {"window_ms": 250, "threshold_dbfs": -40.0, "step_ms": 10}
    silence, sound = np.zeros(4800, np.int16), np.full(4800, 3000, np.int16)
    assert active_ms(silence, 48000, **rule) == []
    assert active_ms(sound, 48000, **rule) == [(0, 100)]


def test_nothing_is_active_in_nothing():
    assert active_ms(np.zeros(0, np.int16), 48000, window_ms=9, threshold_dbfs=-40, step_ms=1) == []


@pytest.fixture
def gate():
    return EnergyActivity(EnergyConfig())


def burst(level: float, rate: int = 44100) -> np.ndarray:
    """Four seconds; a tone from 1.0 to 1.8 s over a bed at −70 dBFS."""
    t = np.arange(4 * rate) / rate
    bed = 10 ** (-70 / 20) * np.random.default_rng(0).standard_normal(len(t))
    tone = level * np.sin(2 * np.pi * 500 * t) * ((t >= 1) & (t < 1.8))
    return (bed + tone).astype(np.float32)


@pytest.mark.parametrize("level", [0.5, 0.05])
def test_a_burst_is_found_where_it_is(gate, level):
    ((start, end),) = gate.spans(burst(level), 44100)
    assert start == pytest.approx(1.0, abs=0.02)
    assert end == pytest.approx(1.8, abs=0.02)


def test_what_is_under_the_floor_is_silent(gate):
    assert gate.spans(burst(0.0), 44100) == ()
    assert gate.spans(np.zeros(44100, np.float32), 44100) == ()


def test_spans_end_with_the_clip(gate):
    clip = np.full(4411, 0.3, np.float32)  # 100.02 ms
    ((start, end),) = gate.spans(clip, 44100)
    assert start == 0
    assert end <= 4411 / 44100


def test_loudest_part_of_a_sine_is_its_rms():
    tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000).astype(np.float32)
    assert loudest_dbfs(tone, 48000) == pytest.approx(-3.01, abs=0.01)
    assert loudest_dbfs(np.zeros(48000, np.float32), 48000) == -120.0
    assert loudest_dbfs(np.zeros(0, np.float32), 48000) == -120.0


def test_fingerprint_follows_the_options(gate):
    other = EnergyActivity(EnergyConfig(step_ms=20))
    assert gate.fingerprint() != other.fingerprint()
    assert gate.fingerprint() == EnergyActivity(EnergyConfig()).fingerprint()
