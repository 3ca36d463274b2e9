"""Judges out of process: what is asked, what comes back, and all that goes wrong on the way."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.plugins.audioedit.providers.audiobox_aesthetics import (
    AestheticsConfig,
    AestheticsJudge,
)
from audio_omni.plugins.audioedit.providers.contract import Clip, ProviderFailure
from audio_omni.plugins.audioedit.providers.out_of_process import START
from audio_omni.plugins.audioedit.providers.sam_audio_judge import (
    SamAudioJudge,
    SamAudioJudgeConfig,
)

STAND_INS = Path(__file__).resolve().parents[2] / "stand_ins"
RATE = 44100


@pytest.fixture(scope="module")
def fake():
    """An environment in which a package of SAM-Audio's call shape is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(STAND_INS / "fake_sam_audio"))
        yield


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return written(tmp_path_factory.mktemp("checkpoints") / "judge", b"weights")


@pytest.fixture(scope="module")
def running(fake, checkpoint):
    """One worker for many tests."""
    return judge(checkpoint)


def written(folder, weights, **config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "checkpoint.pt").write_bytes(weights)
    return folder


def judge(model, **options):
    chosen = {"python": sys.executable, "device": "cpu", "model": str(model), **options}
    return SamAudioJudge(SamAudioJudgeConfig(**chosen))


def clip(seconds=0.5, rate=RATE, hz=440, gain=1.0):
    """A tone that fades in and out, so that resampling has no edge to ring at."""
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.3 * gain * np.sin(2 * np.pi * hz * t) * np.hanning(len(t))
    return Clip("c", tone.astype(np.float32), rate, "0" * 64)


MIXES = [clip(0.5), clip(0.7, rate=22050), clip(0.5, hz=300)]
PARTS = [clip(0.5, gain=0.5), clip(0.7, rate=22050), clip(0.5, hz=900)]
PHRASES = ["dog", "rain falling", "a horn"]


def test_each_part_has_scores_beside_its_clip(running):
    half, whole, other = running.judge(MIXES, PARTS, [p + "!" for p in PHRASES])
    assert set(half) == set(running.axes) == {"overall", "recall", "precision", "faithfulness"}
    assert half["overall"] == pytest.approx(3.0, abs=1e-4)
    assert half["recall"] == pytest.approx(2.0, abs=1e-4)
    assert half["precision"] == pytest.approx(5.0, abs=1e-4)
    assert whole["overall"] == pytest.approx(5.0, abs=1e-4)
    assert other["precision"] == pytest.approx(1.0, abs=1e-2)
    assert [s["faithfulness"] for s in (half, whole, other)] == pytest.approx([0.4, 1.3, 0.7])


def test_no_item_depends_on_its_batch_mates(running, checkpoint):
    words = ["a dog", "rain falling", "a horn"]
    together = judge(checkpoint, batch=3).judge(MIXES, PARTS, words)
    assert together == running.judge(MIXES, PARTS, words)
    for k in range(3):
        assert running.judge([MIXES[k]], [PARTS[k]], [words[k]]) == [together[k]]


def test_where_memory_lacks_batches_are_halved(running, checkpoint, monkeypatch):
    wanted = running.judge([clip()] * 5, [clip(gain=0.5)] * 5, ["a dog"] * 5)
    monkeypatch.setenv("FAKE_SAM_AUDIO_FITS", "1")
    own = judge(checkpoint, batch=4)
    assert own.judge([clip()] * 5, [clip(gain=0.5)] * 5, ["a dog"] * 5) == wanted


def test_a_worker_that_dies_is_told_of_and_started_anew(fake, checkpoint):
    own = judge(checkpoint)
    with pytest.raises(ProviderFailure, match="Segmentation fault of the fake") as failed:
        own.judge([clip()], [clip()], ["die"])
    assert failed.value.reason == "judge"
    assert len(own.judge([clip()], [clip()], ["a dog"])) == 1


def test_weights_are_told_by_their_hash(running):
    running.check()
    assert running.weights_sha256() == hashlib.sha256(b"weights").hexdigest()
    assert running.tool_version() == "unknown"


def test_the_branch_of_the_hub_is_the_one_that_the_class_names(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_HUB", str(tmp_path))
    written(tmp_path / "meta/judge/main", b"others", dac_vae_encoder={})
    written(tmp_path / "meta/judge/sam_audio", b"branch")
    written(tmp_path / "meta/judge/1234abc", b"pinned")
    own, pinned = judge("meta/judge"), judge("meta/judge", revision="1234abc")
    assert own.weights_sha256() == hashlib.sha256(b"branch").hexdigest()
    assert len(own.judge([clip()], [clip()], ["a dog"])) == 1
    assert pinned.weights_sha256() == hashlib.sha256(b"pinned").hexdigest()
    with pytest.raises(PluginError, match=r"do not fit SAMAudioJudgeModel.*--revision sam_audio"):
        judge("meta/judge", revision="main").judge([clip()], [clip()], ["a dog"])


def test_weights_that_cannot_be_had_are_told(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_HUB", str(tmp_path))
    with pytest.raises(PluginError, match=r"has no weights.*accept the licence.*Fetch 'no/judge'"):
        judge("no/judge").weights_sha256()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "model.bin").touch()
    with pytest.raises(PluginError, match=r"'bare' has no checkpoint\.pt; it has model\.bin"):
        judge(tmp_path / "bare").weights_sha256()


def test_a_package_without_the_judge_is_refused_with_what_it_has(tmp_path, monkeypatch):
    package = tmp_path / "sam_audio"
    package.mkdir()
    (package / "__init__.py").write_text("class SAMAudio: ...\nclass SAMAudioProcessor: ...\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = (
        r"Judge 'sam_audio_judge': The installed sam-audio unknown has no SAMAudioJudgeModel and "
        r"no SAMAudioJudgeProcessor: it has SAMAudio, SAMAudioProcessor\. Install another version"
    )
    with pytest.raises(PluginError, match=said):
        judge("any").check()


def test_pypis_placeholder_is_refused(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS / "fake_sam_audio_placeholder"))
    with pytest.raises(PluginError, match=r"empty placeholder, not Meta's.*pip install 'git\+"):
        judge("any").check()


def test_an_interpreter_that_is_not_there_is_told():
    said = r"Judge 'sam_audio_judge' cannot start 'no-such-python'.*Set the option 'python'"
    with pytest.raises(PluginError, match=said):
        judge("any", python="no-such-python").check()


def test_its_environment_has_to_be_named():
    with pytest.raises(ConfigError, match="python"):
        parse_config(SamAudioJudgeConfig, {}, where="Options")


def test_fingerprint_is_of_what_changes_results():
    known = judge("a").fingerprint()
    assert known == judge("a", timeout_s=5, python="other").fingerprint()
    others = [judge("b"), judge("a", revision="1234abc"), judge("a", batch=8)]
    assert len({known, *(other.fingerprint() for other in others)}) == 4


def test_the_worker_needs_nothing_of_the_package():
    """The environment that it runs in knows nothing of audio-omni."""
    code = (
        "import runpy, sys\n"
        "runpy.run_path(sys.argv[1], run_name='worker')['main']()\n"
        "ours = [name for name in sys.modules if name.split('.')[0] == 'audio_omni']\n"
        "sys.exit(', '.join(ours) or 'audio_omni_worker.serving' not in sys.modules)\n"
    )
    command = [sys.executable, "-P", "-c", code, str(START)]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def aesthetics(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS / "fake_aesthetics"))
    scales = {axis: {"mean": 5.0, "std": 2.0} for axis in ("CE", "CU", "PC", "PQ")}
    folder = written(tmp_path / "aesthetics", b"", target_transform=scales)
    (folder / "model.safetensors").write_bytes(b"more weights")
    return AestheticsJudge(AestheticsConfig(model=str(folder), device="cpu", batch=2))


def steady(levels, rate=16000):
    """Five seconds of each level."""
    samples = np.repeat(np.array(levels, np.float32), 5 * rate)
    return Clip("c", samples, rate, "0" * 64)


def test_windows_count_by_what_the_clip_fills_of_them(aesthetics):
    parts = [steady([0.5]), steady([0.5, 0.5, 0.1]), steady([0.2, 0.2])]
    half, longer, soft = aesthetics.judge(parts[::-1], parts, ["unheard"] * 3)
    assert set(half) == set(aesthetics.axes)
    assert half["CE"] == pytest.approx(5 + 2 * 0.25)  # what the mask leaves, no silence counted
    assert half["PQ"] == pytest.approx(5 + 2 * 4 * 0.25)
    assert longer["CE"] == pytest.approx(5 + 2 * (2 * 0.25 + 0.01) / 3)
    assert soft["CE"] == pytest.approx(5 + 2 * 0.04)


def test_this_environment_is_asked_unless_another_is_named(aesthetics):
    aesthetics.check()
    assert aesthetics.options.python is None
    assert aesthetics.weights_sha256() == hashlib.sha256(b"more weights").hexdigest()


def test_what_to_install_for_aesthetics_is_told(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    with pytest.raises(PluginError, match=r"cannot be imported.*pip install audiobox_aesthetics"):
        AestheticsJudge(AestheticsConfig()).check()
