from dataclasses import dataclass

import pytest
import torch
from audio_omni.core.data.config import LoaderConfig, MixtureConfig, SourceUseConfig
from audio_omni.core.data.dataset import Skipped
from audio_omni.core.data.example_cache import ExampleCache
from audio_omni.core.data.mixture import Mixture
from audio_omni.core.data.pool import ExamplePool, PoolLoader
from audio_omni.core.data.records import EncodedExample, PreparedExample
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.core.source import DataSource, Row


class Numbers(DataSource):
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def row(self, index):
        return Row(str(index), {})

    def digest(self):
        return "numbers"


@dataclass
class Named:
    name: str


class CountingDataset:
    """Stands for `PickDataset`: prepares numbers, and counts how often."""

    def __init__(self, broken=None):
        self.tasks, self.digests = [Named("hum"), Named("clap")], ["a", "b"]
        self.reads, self.broken = 0, broken

    def __getitem__(self, pick):
        self.reads += 1
        if pick.row == self.broken:
            return Skipped("MediaError", f"row {pick.row} is broken")
        value = torch.full((1, 4), 100.0 * pick.source + pick.row)
        return PreparedExample(self.tasks[pick.source].name, None, 4, value, {"prompt": None})


def encode(prepared):
    shared = torch.stack([item.waveform for item in prepared])  # latents are views of a batch
    return [
        EncodedExample(item.task, item.key, 4, shared[i], {"prompt": shared[i, 0]})
        for i, item in enumerate(prepared)
    ]


def mixture(rows=(5, 3), **changes):
    uses = [
        SourceUseConfig(uri=f"n:{i}", task="hum", max_rows=None, **changes)
        for i, _ in enumerate(rows)
    ]
    return Mixture(MixtureConfig(sources=uses), [Numbers(count) for count in rows], seed=0)


def test_every_row_is_encoded_once_and_drawn_in_the_mixtures_order():
    dataset = CountingDataset()
    pool = ExamplePool.build(dataset, mixture(), encode)
    assert dataset.reads == len(pool) == 8
    loader = PoolLoader(pool, mixture(), LoaderConfig(batch_size=4), steps=6)
    expected = mixture()
    for step, batch, state, places, skipped, broken in loader:
        picks = expected.plan(step, 4)
        values = [float(example.latent[0, 0]) for example in batch]
        assert values == [100.0 * pick.source + pick.row for pick in picks]
        assert state == expected.state_dict()
        assert places == [0, 1, 2, 3]
        assert not skipped
        assert not broken


def test_each_row_is_read_with_a_draw_of_its_own_so_that_crops_differ():
    class Draws(CountingDataset):
        def __getitem__(self, pick):
            draws.append((pick.source, pick.draw))
            return super().__getitem__(pick)

    draws = []
    ExamplePool.build(Draws(), mixture(), encode)
    assert len(set(draws)) == len(draws) == 8


def test_examples_own_their_memory():
    pool = ExamplePool.build(CountingDataset(), mixture(), encode)
    for example in pool.examples.values():
        assert example.latent.untyped_storage().nbytes() == 16
        assert example.features["prompt"].untyped_storage().nbytes() == 16


def test_a_pool_on_disk_is_not_rendered_again(tmp_path):
    first = ExamplePool.build(CountingDataset(), mixture(), encode, cache=ExampleCache(tmp_path))
    again = CountingDataset()
    second = ExamplePool.build(again, mixture(), encode, cache=ExampleCache(tmp_path))
    assert again.reads == 0
    for key, example in first.examples.items():
        assert torch.equal(example.latent, second.examples[key].latent)


def test_a_broken_row_is_named():
    with pytest.raises(DataError, match="row 2 is broken"):
        ExamplePool.build(CountingDataset(broken=2), mixture(), encode)


def test_an_endless_source_needs_a_bound():
    with pytest.raises(ConfigError, match="Set max_rows on the mixture's sources"):
        ExamplePool.build(CountingDataset(), mixture(rows=(10**6, 1)), encode)


def test_progress_counts_rows():
    seen = []
    ExamplePool.build(
        CountingDataset(),
        mixture(),
        encode,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (8, 8)
