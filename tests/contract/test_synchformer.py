"""Synchformer and its metrics keep the contracts, here with a tiny network of the same classes."""

import numpy as np
import pytest
import torch
from audio_omni import Measured, RequestError, VideoClip, Waveform, build_metric
from audio_omni.core.data.bounded_folder import BoundedFolder
from audio_omni.core.errors import ConfigError
from audio_omni.core.measuring import Ears
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.testing import EmbedderContract, MetricContract
from tiny_synchformer.parts import tiny

RATE = 16000


def noise(seed, seconds=5.2, rate=RATE, channels=1):
    generator = torch.Generator().manual_seed(seed)
    samples = 0.1 * torch.randn(channels, round(rate * seconds), generator=generator)
    return Waveform(samples, rate)


def drawn_video(seed, seconds=5.2, fps=25):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (round(fps * seconds), 4, 6, 3), dtype=np.uint8)
    return VideoClip.of_frames(pixels.repeat(8, axis=1).repeat(8, axis=2), fps)


class TestSynchformer(EmbedderContract):
    plugin = "audio_omni.evaluation.embedders.plugin"
    name = "synchformer"

    def build(self):
        return self.implementation(self.config, network=tiny())

    def clips(self):
        return [noise(0), noise(1, 4.8), noise(2, 5.2, 44100, 2)]

    def video(self):
        return drawn_video(0)


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(extra_modules=("tiny_synchformer",), entry_points=False)


class OfVideos(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    identity_is_best = False

    @pytest.fixture(autouse=True)
    def _networks(self, host):
        self.networks = host

    def build(self):
        return build_metric(self.name, self.networks, {"embedder": {"name": "tiny_synchformer"}})

    def clips(self):
        return [
            Measured(noise(i), noise(i + 100), id=f"row {i}", video=drawn_video(i))
            for i in range(4)
        ]


class TestDesync(OfVideos):
    name = "desync"


class TestReferenceDesync(OfVideos):
    name = "reference_desync"


def metric(host, name="desync", ears=None):
    return build_metric(name, host, {"embedder": {"name": "tiny_synchformer"}}, ears)


def measured(one, *clips):
    for clip in clips:
        one.update(clip)
    return one.compute()


def test_offsets_are_counted_and_the_mean_is_theirs(host):
    result = measured(metric(host), *OfVideos().clips())
    counts = result.details["windows_by_offset_s"]
    assert [list(counts)[place] for place in (0, 10, 20)] == ["-2.0", "+0.0", "+2.0"]
    assert sum(counts.values()) == 8
    mean = sum(abs(float(offset)) * count for offset, count in counts.items()) / 8
    assert result.value == pytest.approx(mean, abs=1e-6)
    assert result.unit == "s"


def test_the_recordings_are_heard_by_the_same_network(host):
    clips = OfVideos().clips()
    swapped = [Measured(c.reference, c.generated, id=c.id, video=c.video) for c in clips]
    own = measured(metric(host, "reference_desync"), *clips)
    theirs = measured(metric(host), *swapped)
    assert (own.value, own.details) == (theirs.value, theirs.details)
    assert own.fingerprint["embedder"] == theirs.fingerprint["embedder"]


def test_a_network_that_gives_one_offset_is_flagged(host):
    one = metric(host)
    one.ear.embedder.offset_logits = lambda *_: torch.eye(21, dtype=torch.float64)[[10, 10]]
    result = measured(one, *OfVideos().clips())
    assert (result.value, result.flags) == (0.0, ("one_offset",))


def test_a_video_that_ends_early_is_told_and_what_both_last_is_compared(host):
    long = Measured(noise(0, 8.0), id="long", video=drawn_video(0, 6.0))
    cut = Measured(noise(0, 6.0), id="cut", video=drawn_video(0, 6.0))
    found = measured(metric(host), long)
    assert found.flags[-1] == "shorter_videos"
    assert found.details["videos_shorter_than_clips"] == 1
    exact = measured(metric(host), cut)
    assert exact.details["videos_shorter_than_clips"] == 0
    assert exact.details["windows_by_offset_s"] == found.details["windows_by_offset_s"]


def test_what_is_too_short_is_refused_with_the_length_that_is_needed(host):
    with pytest.raises(RequestError, match=r"clip of 4\.70 s; expected at least 4\.8 s, 14 segm"):
        metric(host).update(Measured(noise(0, 4.7), id="a", video=drawn_video(0)))
    with pytest.raises(RequestError, match=r"video of 4\.72 s .*expected at least 4\.8 s"):
        metric(host).update(Measured(noise(0), id="a", video=drawn_video(0, 4.7)))
    with pytest.raises(RequestError, match=r"'desync' needs the video of every row, and row 'a'"):
        metric(host).update(Measured(noise(0), id="a"))


def test_a_video_is_watched_once_however_many_clips_were_made_for_it(host, tmp_path, monkeypatch):
    ears = Ears(host, BoundedFolder(tmp_path))
    first = measured(metric(host, ears=ears), *OfVideos().clips())
    ears.flush()

    from tiny_synchformer.parts import TinySynchformer

    monkeypatch.setattr(TinySynchformer, "embed_video", None)
    again = Ears(host, BoundedFolder(tmp_path))
    rows = [Measured(noise(i + 50), id=f"row {i}", video=drawn_video(i)) for i in range(4)]
    second = measured(metric(host, ears=again), *rows)
    assert second.n == first.n
    with pytest.raises(TypeError, match="not callable"):
        measured(metric(host, ears=again), Measured(noise(0), id="new", video=drawn_video(9)))


def test_another_embedder_is_refused(host):
    from audio_omni.core.embedder import Heard

    networks = build_plugin_manager(extra_modules=("band_embedder",), entry_points=False)
    wrong = build_metric("desync", networks, {"embedder": {"name": "bands"}})
    with pytest.raises(ConfigError, match="'bands' does not"):
        wrong.add(Heard("a", {}, video={}))


def test_numbers_that_are_not_finite_are_refused(host):
    one = metric(host)
    one.ear.embedder.offset_logits = lambda *_: torch.full((2, 21), torch.nan)
    with pytest.raises(RequestError, match="not finite"):
        one.update(OfVideos().clips()[0])
