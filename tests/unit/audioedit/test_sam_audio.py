"""SAM-Audio out of process: what is asked, what comes back, and all that goes wrong on the way."""

import hashlib
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.plugins.audioedit.providers.contract import Clip, ProviderFailure
from audio_omni.plugins.audioedit.providers.sam_audio import SamAudioConfig, SamAudioSeparator
from audio_omni.plugins.audioedit.providers.worker.messages import read_message, write_message

STAND_INS = Path(__file__).resolve().parents[2] / "stand_ins"
RATE = 44100


@pytest.fixture(scope="module")
def fake():
    """An environment in which a package of SAM-Audio's call shape is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(STAND_INS / "fake_sam_audio"))
        yield


@pytest.fixture(scope="module")
def running(fake):
    """One worker for many tests."""
    return separator()


def separator(**options):
    chosen = {"python": sys.executable, "device": "cpu", "dtype": "float32", **options}
    return SamAudioSeparator(SamAudioConfig(**chosen))


def clip(seconds=0.5, rate=RATE, hz=440):
    """A tone that fades in and out, so that resampling has no edge to ring at."""
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * hz * t) * np.hanning(len(t))
    return Clip("c", tone.astype(np.float32), rate, "0" * 64)


def test_parts_are_as_long_as_the_clip_and_add_up(running):
    clips = [clip(0.5), clip(0.7, rate=22050), clip(0.5, hz=300)]
    found = running.separate(clips, ["dog barking"] * 3, [None] * 3, [1, 2, 3])
    for (target, residual), own in zip(found, clips, strict=True):
        assert target.shape == residual.shape == own.samples.shape
        assert target.dtype == residual.dtype == np.float32
        np.testing.assert_allclose(target + residual, own.samples, atol=2e-3)
        assert 0.2 < np.sum(target * own.samples) / np.sum(own.samples**2) < 0.6


def test_no_item_depends_on_its_batch_mates(running):
    clips = [clip(0.5), clip(0.7), clip(0.5, hz=300)]
    words, seeds = ["dog", "rain", "car horn"], [7, 8, 9]
    together = running.separate(clips, words, [None] * 3, seeds)
    for k in range(3):
        (alone,) = running.separate([clips[k]], [words[k]], [None], [seeds[k]])
        np.testing.assert_array_equal(alone[0], together[k][0])
        np.testing.assert_array_equal(alone[1], together[k][1])


def test_the_seed_decides_the_noise(running):
    first, second, again = running.separate([clip()] * 3, ["dog"] * 3, [None] * 3, [1, 2, 1])
    np.testing.assert_array_equal(first[0], again[0])
    assert np.abs(first[0] - second[0]).max() > 0


def test_spans_become_anchors(running):
    (found, everywhere) = running.separate(
        [clip(1)] * 2, ["dog"] * 2, [((0.2, 0.4),), None], [1, 1]
    )
    outside = np.concatenate([found[0][: round(0.19 * RATE)], found[0][round(0.41 * RATE) :]])
    assert np.abs(outside).max() < 1e-3
    assert np.abs(everywhere[0][round(0.5 * RATE) :]).max() > 0.02


def test_where_memory_lacks_batches_are_halved(running, monkeypatch):
    clips, words, seeds = [clip()] * 5, ["dog"] * 5, [1, 2, 3, 4, 5]
    wanted = running.separate(clips, words, [None] * 5, seeds)
    monkeypatch.setenv("FAKE_SAM_AUDIO_FITS", "1")
    found = separator().separate(clips, words, [None] * 5, seeds)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_where_not_even_one_fits_it_says_so(fake, monkeypatch):
    monkeypatch.setenv("FAKE_SAM_AUDIO_FITS", "0")
    with pytest.raises(ProviderFailure, match="out of memory") as failed:
        separator().separate([clip()] * 2, ["dog"] * 2, [None] * 2, [1, 2])
    assert failed.value.reason == "oom"
    assert failed.value.retryable


def test_a_worker_that_dies_is_told_of_and_started_anew(fake):
    own = separator()
    with pytest.raises(ProviderFailure, match="Segmentation fault of the fake"):
        own.separate([clip()], ["die"], [None], [1])
    assert len(own.separate([clip()], ["dog"], [None], [1])) == 1


def test_a_worker_that_hangs_is_ended(fake):
    own = separator(timeout_s=20)
    own.separate([clip()], ["dog"], [None], [1])  # loading takes its time
    own.options = own.options.model_copy(update={"timeout_s": 0.5})
    with pytest.raises(ProviderFailure, match="process ended"):
        own.separate([clip()], ["hang"], [None], [1])


def test_weights_that_cannot_be_had_are_told(fake):
    with pytest.raises(ProviderFailure, match="accept the licence, then hf auth login"):
        separator(model="missing").separate([clip()], ["dog"], [None], [1])


def test_weights_are_told_by_their_hash(fake, tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"weights")
    own = separator(model=str(tmp_path))
    assert own.weights_sha256() == hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "checkpoint.pt").unlink()
    assert own.weights_sha256() == hashlib.sha256(b"weights").hexdigest()  # read once
    with pytest.raises(PluginError, match=r"has no checkpoint.pt; it has nothing"):
        separator(model=str(tmp_path)).weights_sha256()


def test_a_commit_on_the_hub_is_the_one_that_is_loaded(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_HUB", str(tmp_path))
    (tmp_path / "meta/sam/1234abc").mkdir(parents=True)
    pinned = separator(model="meta/sam", revision="1234abc")
    assert len(pinned.separate([clip()], ["dog"], [None], [1])) == 1
    with pytest.raises(ProviderFailure, match="gated repository meta/sam"):
        separator(model="meta/sam", revision="9").separate([clip()], ["dog"], [None], [1])


def test_what_is_installed_is_found(running):
    running.check()
    assert running.tool_version() == "unknown"
    assert running.installed() == {"version": "unknown", "commit": ""}


def test_pypis_placeholder_is_refused(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS / "fake_sam_audio_placeholder"))
    with pytest.raises(PluginError, match=r"empty placeholder, not Meta's.*pip install 'git\+"):
        separator().check()


def test_an_environment_without_it_is_refused(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    with pytest.raises(PluginError, match=r"sam_audio cannot be imported.*Install it in that"):
        separator().check()


def test_an_interpreter_that_is_not_there_is_told():
    with pytest.raises(
        PluginError, match=r"cannot start 'no-such-python'.*Set the option 'python'"
    ):
        separator(python="no-such-python").check()


def test_several_candidates_need_rankers():
    options = {"python": "python3", "rerank": 4}
    with pytest.raises(ConfigError, match="rerank above 1 needs load_rankers"):
        parse_config(SamAudioConfig, options, where="Options")


def test_fingerprint_is_of_what_changes_results():
    assert separator().fingerprint() == separator(batch=1, timeout_s=5).fingerprint()
    assert separator().fingerprint() != separator(steps=16).fingerprint()


def test_sets_that_were_begun_go_on():
    """The fingerprint of the defaults is in the keys of the data sets there are."""
    assert SamAudioSeparator(SamAudioConfig(python="p")).fingerprint() == "7ff74fab3b00a957"


def test_messages_survive_the_pipe():
    pipe = io.BytesIO()
    arrays = [np.arange(5, dtype=np.float32), np.zeros(0, np.float32)]
    write_message(pipe, {"do": "hello", "text": "Füße"}, arrays)
    pipe.seek(0)
    values, found = read_message(pipe)
    assert values == {"do": "hello", "text": "Füße"}
    np.testing.assert_array_equal(found[0], arrays[0])
    assert len(found[1]) == 0
    with pytest.raises(EOFError, match="0 of 8 bytes"):
        read_message(pipe)
