import pytest
import torch
from audio_omni.core.data.example_cache import ExampleCache
from audio_omni.core.data.records import EncodedExample
from audio_omni.core.errors import DataError
from audio_omni.plugins.testing import difference


def example(key, seed=0):
    g = torch.Generator().manual_seed(seed)
    return EncodedExample(
        task="t",
        key=key,
        samples=100,
        latent=torch.randn(4, 7, generator=g),
        features={
            "mel": None,
            "mllm": [torch.randn(3, 5, generator=g).T, {"ids": torch.arange(4), "n": 2}],
            "pair": (torch.tensor([True, False]), torch.zeros(0, 3), "words"),
        },
    )


def same(one, two):
    return not difference(one, two, atol=0)


def test_examples_survive_a_restart(tmp_path):
    cache = ExampleCache(tmp_path)
    cache.put(example("a"))
    cache.put(example("b", 1))
    cache.flush()
    again = ExampleCache(tmp_path)
    assert len(again) == 2
    assert same(again.get("a"), example("a"))
    assert same(again.get("b"), example("b", 1))
    assert isinstance(again.get("a").features["pair"], tuple)
    assert again.get("c") is None


def test_full_shards_are_written_without_a_flush(tmp_path):
    cache = ExampleCache(tmp_path, shard_examples=2)
    for key in "abcde":
        cache.put(example(key))
    assert sorted(ExampleCache(tmp_path)._known) == list("abcd")  # killed before 'e' was flushed


def test_without_a_folder_it_stays_in_memory():
    cache = ExampleCache(None)
    cache.put(example("a"))
    cache.flush()
    assert "a" in cache


def test_examples_without_a_key_are_passed_over(tmp_path):
    cache = ExampleCache(tmp_path)
    cache.put(example(None))
    assert len(cache) == 0
    assert cache.get(None) is None


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text"])
def test_damaged_shard_is_found_and_rebuilt(tmp_path, damage):
    cache = ExampleCache(tmp_path, shard_examples=1)
    cache.put(example("a"))
    cache.put(example("b", 1))
    shard = next(p for p in tmp_path.iterdir() if b'\\"a\\"' in p.read_bytes())
    data = bytearray(shard.read_bytes())
    data[-10] ^= 1
    shard.write_bytes(
        {"truncated": bytes(data[:-30]), "flipped": bytes(data), "empty": b"", "text": b"hello"}[
            damage
        ]
    )
    again = ExampleCache(tmp_path)
    assert again.damaged == [shard.name]
    assert "a" not in again
    assert same(again.get("b"), example("b", 1))
    again.put(example("a"))
    again.flush()
    assert same(ExampleCache(tmp_path).get("a"), example("a"))


def test_leftovers_of_a_kill_are_ignored(tmp_path):
    (tmp_path / ".x.safetensors.1.part").write_bytes(b"half")
    cache = ExampleCache(tmp_path)
    assert len(cache) == 0
    assert not cache.damaged


def test_half_gives_the_same_before_and_after_a_restart(tmp_path):
    cache = ExampleCache(tmp_path, half=True)
    cache.put(example("a"))
    cache.flush()
    now, later = cache.get("a"), ExampleCache(tmp_path).get("a")
    assert same(now, later)
    assert now.latent.dtype == torch.float32
    assert torch.equal(now.latent, example("a").latent.half().float())
    sizes = []
    for half in (False, True):
        folder = tmp_path / str(half)
        other = ExampleCache(folder, half=half)
        large = EncodedExample(task="t", key="k", samples=1, latent=torch.ones(64, 64), features={})
        other.put(large)
        other.flush()
        sizes.append(next(folder.iterdir()).stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]


def test_what_cannot_be_stored_is_refused(tmp_path):
    cache = ExampleCache(tmp_path, shard_examples=1)
    odd = EncodedExample(task="t", key="k", samples=1, latent=None, features={"x": object()})
    with pytest.raises(DataError, match="'k': cannot cache object"):
        cache.put(odd)
