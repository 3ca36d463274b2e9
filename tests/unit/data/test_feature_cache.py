import logging
import multiprocessing
import os

import pytest
import torch
from audio_omni.core.data import feature_cache as module
from audio_omni.core.data.content import content_digest
from audio_omni.core.data.feature_cache import FeatureCache
from audio_omni.core.errors import DataError, WriteError
from audio_omni.plugins.testing import difference


class Network:
    """A frozen network that remembers what it was run for."""

    def __init__(self, make=lambda n: torch.full((2, 3), float(n))):
        self.make, self.seen = make, []

    def __call__(self, prepared):
        self.seen += prepared
        return [self.make(n) for n in prepared]


def ask(cache, numbers, network):
    return cache.features(numbers, [content_digest(n) for n in numbers], network)


def filled(folder, numbers=range(6), **options):
    cache = FeatureCache(folder, **{"shard_features": 2, **options})
    ask(cache, list(numbers), Network())
    cache.flush()
    return cache


def test_every_content_is_computed_once(tmp_path):
    network, cache = Network(), FeatureCache(tmp_path)
    features = ask(cache, [1, 2, 1, 1], network)
    assert [float(f[0, 0]) for f in features] == [1, 2, 1, 1]
    ask(cache, [2, 3], network)
    assert network.seen == [1, 2, 3]
    assert (cache.computed, cache.reused, len(cache)) == (3, 3, 3)


def test_features_survive_a_restart(tmp_path):
    filled(tmp_path)
    network, again = Network(), FeatureCache(tmp_path)
    features = ask(again, [5, 0, 9], network)
    assert [float(f[0, 0]) for f in features] == [5, 0, 9]
    assert network.seen == [9]
    assert len(again) == 7


def made(number):
    """A feature with everything in it that may be there, no tensor as a file holds it."""
    g = torch.Generator().manual_seed(number)
    return {
        "wide": torch.randn(3, 5, generator=g).T,
        "narrow": [torch.randn(7, generator=g).bfloat16()[::2], torch.zeros(0, 4)],
        "rest": (torch.tensor(number), torch.tensor([True]), 0.1, "words", None, -0.0),
    }


def test_what_comes_back_is_bit_equal_and_of_one_kind(tmp_path):
    first = ask(FeatureCache(tmp_path, shard_features=1), [1], Network(made))[0]
    later = ask(FeatureCache(tmp_path), [1], None)[0]
    for feature in (first, later):
        assert content_digest(feature) == content_digest(made(1))
        assert feature["wide"].is_contiguous()
        assert isinstance(feature["rest"], tuple)


def test_features_own_their_memory(tmp_path):
    shared = torch.arange(100.0).reshape(10, 10)
    network = Network(lambda n: shared[n])
    for _ in "ab":  # computed, then read
        cache = FeatureCache(tmp_path, shard_features=2)
        features = ask(cache, [1, 2], network)
        assert {f.untyped_storage().nbytes() for f in features} == {40}


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text"])
def test_a_damaged_shard_is_removed_and_computed_again(tmp_path, damage, caplog):
    filled(tmp_path)
    shard = next(p for p in tmp_path.iterdir() if content_digest(2).encode() in p.read_bytes())
    data = bytearray(shard.read_bytes())
    data[-2] ^= 1
    shard.write_bytes(
        {"truncated": data[:-5], "flipped": data, "empty": b"", "text": b"hello"}[damage]
    )
    network, again = Network(), FeatureCache(tmp_path)
    features = ask(again, list(range(6)), network)
    assert [float(f[0, 0]) for f in features] == list(range(6))
    assert network.seen
    assert {2, 3}.issuperset(network.seen)  # what lay in that shard
    assert f"Removed the damaged cache file {shard}" in caplog.text
    assert not shard.exists()
    again.flush()
    assert len(ask(FeatureCache(tmp_path), network.seen, None)) == len(network.seen)


def test_a_shard_of_another_format_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr("audio_omni.core.data.shards.FORMAT", "audio-omni-shard-0")
    filled(tmp_path)
    monkeypatch.undo()
    assert len(FeatureCache(tmp_path)) == 0


def test_a_shard_that_another_process_removed_is_computed_again(tmp_path, caplog):
    filled(tmp_path)
    cache = FeatureCache(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    network = Network()
    ask(cache, [0, 1], network)
    assert network.seen == [0, 1]
    assert not caplog.records


def test_shards_of_another_process_are_found_at_a_flush(tmp_path):
    cache = FeatureCache(tmp_path)
    filled(tmp_path, [1, 2])
    ask(cache, [3], Network())
    cache.flush()
    assert ask(cache, [1, 2, 3], None)[1][0, 0] == 2


def test_full_shards_are_written_without_a_flush(tmp_path):
    ask(FeatureCache(tmp_path, shard_features=2), [1, 2, 3], Network())
    assert len(FeatureCache(tmp_path)) == 2
    ask(FeatureCache(tmp_path, shard_bytes=60), [4, 5, 6], Network())
    assert len(FeatureCache(tmp_path)) == 5  # 24 bytes each: 6 fills the shard


def test_few_shards_stay_open(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OPEN_SHARDS", 2)
    filled(tmp_path, range(10))
    cache = FeatureCache(tmp_path)
    for _ in "ab":
        assert [float(f[0, 0]) for f in ask(cache, list(range(10)), None)] == list(range(10))
    assert len(cache._open) == 2


def test_reading_marks_a_shard_as_used(tmp_path):
    filled(tmp_path)
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    ask(FeatureCache(tmp_path), [0, 1], None)
    assert sorted(path.stat().st_mtime > 1 for path in tmp_path.iterdir()) == [False, False, True]


def test_a_full_disk_stops_the_cache_and_not_the_run(tmp_path, monkeypatch, caplog):
    def fails(folder, values):
        raise WriteError("Cannot write: No space left on device.")

    monkeypatch.setattr(module, "write_shard", fails)
    cache, network = FeatureCache(tmp_path, shard_features=1), Network()
    for _ in "ab":
        assert ask(cache, [1], network)[0][0, 0] == 1
    assert network.seen == [1, 1]
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert "no longer kept. Cannot write: No space left" in caplog.text


def test_what_no_file_can_hold_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot cache set"):
        ask(FeatureCache(tmp_path), [1], Network(lambda n: {n}))


def fill_slowly(folder, start, gate):
    gate.wait()
    cache = FeatureCache(folder, shard_features=3)
    for number in range(start, start + 40):
        ask(cache, [number], Network())
    cache.flush()


def test_two_processes_fill_one_folder(tmp_path):
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(2)
    both = [context.Process(target=fill_slowly, args=(tmp_path, s, gate)) for s in (0, 20)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    cache = FeatureCache(tmp_path)
    assert len(cache) == 60
    features = ask(cache, list(range(60)), None)
    assert not difference(features, Network()(list(range(60))), atol=0)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
