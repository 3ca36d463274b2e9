import numpy as np
import pytest
import torch
from audio_omni.core.data.records import EncodedExample
from audio_omni.core.training.sharing import lengths_of, padded, passes_of
from hypothesis import given
from hypothesis import strategies as st

LENGTHS = st.lists(st.integers(1, 400), max_size=40)


@given(LENGTHS, st.integers(1, 6))
def test_every_example_is_in_one_of_so_many_passes(lengths, accumulate):
    shared = passes_of(lengths, accumulate=accumulate, frames=None)
    assert sorted(place for places in shared for place in places) == list(range(len(lengths)))
    assert len(shared) == min(accumulate, len(lengths))
    sizes = [len(places) for places in shared]
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


@given(LENGTHS, st.integers(1, 2000))
def test_no_pass_has_more_frames_than_asked_but_a_single_long_one(lengths, frames):
    shared = passes_of(lengths, accumulate=1, frames=frames)
    assert sorted(place for places in shared for place in places) == list(range(len(lengths)))
    for places in shared:
        most = max(lengths[place] for place in places) * len(places)
        assert most <= frames or len(places) == 1


@given(LENGTHS, st.integers(2, 6))
def test_passes_pad_no_more_than_in_the_order_of_the_batch(lengths, accumulate):
    real, computed = padded(lengths, passes_of(lengths, accumulate=accumulate, frames=None))
    in_one = padded(lengths, passes_of(lengths, accumulate=1, frames=None))
    assert real == in_one[0] <= computed <= in_one[1]


def test_a_batch_of_one_pass_keeps_its_order():
    assert passes_of([3, 9, 5], accumulate=1, frames=None) == [[0, 1, 2]]
    assert passes_of([], accumulate=3, frames=None) == []


def test_lengths_from_one_to_fifteen_seconds_waste_less_than_a_tenth():
    """As many frames in a pass as eight of the longest clips have, batches of 128."""
    rng = np.random.default_rng(0)
    waste = []
    for _ in range(20):
        lengths = rng.integers(22, 324, size=128).tolist()
        real, computed = padded(lengths, passes_of(lengths, accumulate=1, frames=8 * 324))
        _, together = padded(lengths, passes_of(lengths, accumulate=1, frames=None))
        waste.append((1 - real / computed, 1 - real / together))
    by_length, together = np.mean(waste, axis=0)
    assert by_length < 0.1
    assert together > 0.4


def test_examples_without_a_latent_keep_their_order():
    example = EncodedExample("understanding", "key", 0, None, {})
    latent = EncodedExample("add", "key", 100, torch.zeros(4, 7), {})
    assert lengths_of([example, latent]) == [1, 7]
    assert passes_of([1, 1, 1, 1], accumulate=2, frames=None) == [[0, 1], [2, 3]]


@pytest.mark.parametrize("options", [{"accumulate": 3}, {"frames_per_pass": 15}])
def test_losses_come_back_in_the_order_of_the_batch(make_trainer, options):
    """However a step is split, it learns the same, and each loss stays with its example."""

    def objective(model, batch, generators):
        scale = model.dit.inner.weight.mean()
        return torch.stack([(scale - e.latent.mean()).square() for e in batch])

    found = []
    for name, chosen in (("plain", {}), ("split", options)):
        trainer = make_trainer(name, objective=objective, steps=3, **chosen)
        taken = trainer.stepper.take(iter(make_trainer.rows()), 1, 1e-3)
        found.append((taken.losses.tolist(), taken.gradient_norm, taken.size.padding))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert len(set(found[0][0])) == 6
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-5)
    assert 0 <= found[1][2] < found[0][2]
