"""The contract of embedders, kept by a tiny one; caches, ids, and what a metric of it refuses."""

from dataclasses import replace

import pytest
import torch
from audio_omni import (
    Ears,
    EmbedderUse,
    Measured,
    RequestError,
    Waveform,
    build_metric,
)
from audio_omni.core.errors import ConfigError, UnknownNameError
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.testing import EmbedderContract, MetricContract

PLUGIN = "band_embedder"
RATE = 8000


def noise(seed, seconds=1.0, gain=0.1):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(torch.randn(1, int(RATE * seconds), generator=generator) * gain, RATE)


def rows():
    return [Measured(noise(i, gain=0.1 * (i + 1)), noise(i + 10), id=f"row {i}") for i in range(4)]


class TestBands(EmbedderContract):
    plugin = PLUGIN
    name = "bands"

    def clips(self):
        return [noise(0), noise(1, 0.5), noise(2)]


class TestBandDistance(MetricContract):
    plugin = PLUGIN
    name = "band_distance"

    def build(self):
        return build_metric("band_distance", self.host)

    def clips(self):
        return rows()


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(extra_modules=(PLUGIN,), entry_points=False)


def measure(metric, clips):
    for clip in clips:
        metric.update(clip)
    return metric.compute()


def test_a_cache_gives_the_same_numbers_and_is_asked_first(host, tmp_path):
    plain = measure(build_metric("band_distance", host), rows())
    ears = Ears(host, tmp_path)
    first = measure(build_metric("band_distance", host, ears=ears), rows())
    ears.flush()
    again = Ears(host, tmp_path)
    second = measure(build_metric("band_distance", host, ears=again), rows())
    assert plain == first == second
    cache = again.get(EmbedderUse(name="bands")).cache
    assert (cache.computed, cache.reused) == (0, 8)


def test_unlike_options_have_unlike_caches(host, tmp_path):
    ears = Ears(host, tmp_path)
    for bands in (4, 8):
        ears.get(EmbedderUse(name="bands", options={"bands": bands})).hear([noise(0)])
    ears.flush()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_known_is_not_read_again(host, tmp_path):
    ear = Ears(host, tmp_path).get(EmbedderUse(name="bands"))
    (known,) = ear.hear([lambda: noise(0)], ["a"])
    (again,) = ear.hear([lambda: pytest.fail("read again")], ["a"])
    assert torch.equal(known["embedding"], again["embedding"])


def test_the_order_of_rows_and_rows_measured_twice_change_nothing(host):
    forward = measure(build_metric("band_distance", host), rows())
    backward = measure(build_metric("band_distance", host), [*rows()[::-1], rows()[2]])
    assert backward == forward
    assert (forward.n, len(forward.rows)) == (4, 12)


def test_rows_without_ids_count_every_time_and_have_no_digest(host):
    clip = replace(rows()[0], id="")
    result = measure(build_metric("band_distance", host), [clip, clip])
    assert (result.n, result.rows) == (2, None)


def test_unlike_rows_and_unlike_networks_do_not_compare(host):
    all_rows = measure(build_metric("band_distance", host), rows())
    some = measure(build_metric("band_distance", host), rows()[:3])
    with pytest.raises(ConfigError, match=r"clips: 4 against 3; rows: '\w+' against '\w+'"):
        all_rows.compare(some)
    use = {"embedder": {"name": "bands", "options": {"bands": 8}}}
    other = measure(build_metric("band_distance", host, use), rows())
    with pytest.raises(ConfigError, match=r"embedder\.options\.bands: 4 against 8"):
        all_rows.compare(other)


def test_what_is_missing_is_said(host):
    with pytest.raises(RequestError, match=r"needs the reference clip .* row 'row 0' has none"):
        build_metric("band_distance", host).update(replace(rows()[0], reference=None))
    with pytest.raises(UnknownNameError, match=r"Unknown embedder 'band'.*bands"):
        build_metric("band_distance", host, {"embedder": {"name": "band"}})
    with pytest.raises(ConfigError, match=r"Options of embedder 'bands'.*'band'"):
        build_metric("band_distance", host, {"embedder": {"name": "bands", "options": {"band": 1}}})
    with pytest.raises(ConfigError, match="no network to listen with"):
        host.metrics.load("band_distance")().update(rows()[0])
