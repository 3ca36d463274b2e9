"""Pitch and length: exact to the sample, in tune, and nothing short is lost (acceptance test 4)."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from audio_omni.core.config import NoOptions
from audio_omni.core.errors import PluginError
from audio_omni.plugins.audioedit.providers.contract import ProviderFailure
from audio_omni.plugins.audioedit.providers.resampling import resampled
from audio_omni.plugins.audioedit.providers.signalsmith import SignalsmithWarper
from audio_omni.plugins.audioedit.providers.sox import SoxConfig, SoxWarper

RATE = 44100
PITCHES = (-3.0, -1.3, 0.0, 1.3, 3.0)
STRETCHES = (0.8, 0.93, 1.0, 1.1, 1.2)


@pytest.fixture
def warper():
    return SignalsmithWarper(NoOptions())


def clicks(seed: int, count: int = 10) -> np.ndarray:
    """A train of 10 ms clicks of noise over two seconds."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(2 * RATE, np.float32)
    width = RATE // 100
    for start in 8000 * np.arange(count) + rng.integers(0, 3000, count):
        samples[start : start + width] = rng.standard_normal(width) * np.hanning(width)
    return 0.3 * samples


def pitch_hz(samples: np.ndarray) -> float:
    """Frequency of the strongest partial, by zero-padded FFT."""
    middle = samples[len(samples) // 4 :][:32768] * np.hanning(32768)
    return float(np.abs(np.fft.rfft(middle, 1 << 20)).argmax()) * RATE / (1 << 20)


@pytest.mark.parametrize("stretch", STRETCHES)
@pytest.mark.parametrize("semitones", PITCHES)
def test_clicks_keep_their_energy(warper, semitones, stretch):
    samples = clicks(seed=int(10 * semitones + 100 * stretch) + 1000)
    warped = warper.warp(samples, RATE, semitones, round(len(samples) * stretch))
    assert np.sum(warped**2) >= 0.6 * np.sum(samples**2)


@pytest.mark.parametrize("tone_hz", [55, 110, 220, 330, 440, 880, 1760, 7040])
@pytest.mark.parametrize(
    ("semitones", "stretch"), [(-3, 0.8), (-3, 1.2), (-1.2, 1.2), (0.4, 1), (3, 0.8), (3, 1.2)]
)
def test_tones_are_in_tune(warper, tone_hz, semitones, stretch):
    tone = 0.3 * np.sin(2 * np.pi * tone_hz * np.arange(2 * RATE) / RATE).astype(np.float32)
    warped = warper.warp(tone, RATE, semitones, round(len(tone) * stretch))
    got = 12 * np.log2(pitch_hz(warped) / tone_hz)
    assert got == pytest.approx(semitones, abs=0.02)


@pytest.mark.parametrize(
    ("samples", "length"), [(1, 1), (1, 3), (40, 33), (4410, 5001), (9999, 7777)]
)
def test_length_is_exact(warper, samples, length):
    noise = np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    assert warper.warp(noise, RATE, 2.0, length).shape == (length,)


@pytest.mark.parametrize("stretch", [0.8, 1.0, 1.2])
def test_what_sounds_keeps_its_place(warper, stretch):
    samples = np.zeros(2 * RATE, np.float32)
    samples[30000:30441] = np.hanning(441)
    warped = warper.warp(samples, RATE, 1.0, round(len(samples) * stretch))
    energy = np.cumsum(warped**2)
    middle = np.searchsorted(energy, energy[-1] / 2) / stretch
    assert middle == pytest.approx(30220, abs=0.003 * RATE)


@pytest.mark.parametrize("where", [slice(0, 441), slice(-441, None)])
def test_first_and_last_sounds_are_not_cut(warper, where):
    samples = np.zeros(RATE, np.float32)
    samples[where] = np.hanning(441)
    warped = warper.warp(samples, RATE, 0.5, len(samples))
    assert np.sum(warped**2) >= 0.6 * np.sum(samples**2)


@pytest.mark.parametrize("faster", [0.5, 0.84, 0.999, 1.003, 1.19, 2.0])
def test_resampled_a_sound_is_what_it_would_have_been(faster):
    def sound(seconds):
        return np.exp(-200 * (seconds - 0.5) ** 2) * np.sin(2 * np.pi * 3000 * seconds)

    made = resampled(sound(np.arange(RATE) / RATE).astype(np.float32), faster)
    ratio = RATE / len(made)
    expected = sound(np.arange(len(made)) * ratio / RATE)
    assert made.dtype == np.float32
    assert ratio == pytest.approx(faster, rel=3e-4)
    assert np.abs(made - expected).max() < 0.2  # a length is of whole samples
    assert np.sum(made**2) == pytest.approx(np.sum(expected**2), rel=1e-3)


def test_resampled_nothing_is_mirrored_and_nothing_comes_around():
    at = np.arange(RATE) / RATE
    high = np.sin(2 * np.pi * 20000 * at).astype(np.float32)
    assert np.abs(resampled(high, 1.2)[500:-500]).max() < 0.01  # 24 kHz: above half the rate
    late = np.zeros(RATE, np.float32)
    late[-100:] = 1
    assert np.abs(resampled(late, 1.1)[:1000]).max() < 1e-3
    assert resampled(np.ones(1, np.float32), 1.1).shape == (1,)


def test_nothing_to_change_changes_nothing(warper):
    noise = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    np.testing.assert_array_equal(warper.warp(noise, RATE, 0.0, 5000), noise)


def test_bytes_are_the_same_in_every_process(warper):
    code = (
        "import hashlib, numpy as np\n"
        "from audio_omni.core.config import NoOptions\n"
        "from audio_omni.plugins.audioedit.providers.signalsmith import SignalsmithWarper\n"
        "x = np.random.default_rng(5).standard_normal(20000).astype(np.float32)\n"
        "y = SignalsmithWarper(NoOptions()).warp(x, 44100, -2.3, 17777)\n"
        "import sys; sys.stdout.write(hashlib.sha256(y.tobytes()).hexdigest())\n"
    )
    command = [sys.executable, "-c", code]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    noise = np.random.default_rng(5).standard_normal(20000).astype(np.float32)
    warper.warp(noise[::-1].copy(), 22050, 1.0, 9000)  # what came before leaves no trace
    here = hashlib.sha256(warper.warp(noise, RATE, -2.3, 17777).tobytes()).hexdigest()
    assert here == there


@pytest.mark.parametrize(
    ("samples", "length", "match"),
    [
        (np.zeros((2, 100), np.float32), 100, r"\(2, 100\) were to get 100 long; expected mono"),
        (np.zeros(0, np.float32), 100, r"\(0,\) were"),
        (np.zeros(100, np.float32), 0, "get 0 long"),
        (np.full(100, np.nan, np.float32), 90, "not finite"),
    ],
)
def test_what_cannot_be_warped_is_refused(warper, samples, length, match):
    with pytest.raises(ProviderFailure, match=match) as refused:
        warper.warp(samples, RATE, 1.0, length)
    assert not refused.value.retryable


def test_without_the_package_it_says_what_to_install(warper, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_stretch.Signalsmith", None)
    with pytest.raises(PluginError, match=r"pip install 'audio-omni\[audioedit\]'"):
        warper.check()


FAKE_SOX = """#!{python}
import sys
import numpy as np
assert sys.argv[1:3] == ["-R", "-V1"], sys.argv
assert sys.argv[3:10] == ["-t", "f32", "-r", "44100", "-c", "1", "-"], sys.argv
if sys.argv[-4:-1] != ["pitch", "-200.000000", "tempo"]:
    sys.exit("sox FAIL pitch")
x = np.frombuffer(sys.stdin.buffer.read(), "<f4")
n = int(len(x) / float(sys.argv[-1])) + 700  # sox is some milliseconds off
sys.stdout.buffer.write(np.resize(x, n).tobytes())
"""


@pytest.fixture
def sox(tmp_path):
    program = tmp_path / "sox"
    program.write_text(FAKE_SOX.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    return SoxWarper(SoxConfig(program=str(program)))


def test_sox_is_given_pitch_and_tempo_and_its_output_is_fitted(sox):
    noise = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    sox.check()
    warped = sox.warp(noise, RATE, -2.0, 4000)
    np.testing.assert_array_equal(warped, noise[:4000])


def test_sox_says_what_went_wrong(sox):
    with pytest.raises(ProviderFailure, match="sox ended with 1: sox FAIL pitch"):
        sox.warp(np.ones(100, np.float32), RATE, 1.0, 90)


def test_without_sox_it_says_so():
    missing = SoxWarper(SoxConfig(program="sox-that-is-nowhere"))
    with pytest.raises(PluginError, match="no program 'sox-that-is-nowhere'"):
        missing.check()
    with pytest.raises(ProviderFailure, match="sox could not be run"):
        missing.warp(np.ones(100, np.float32), RATE, 1.0, 90)
