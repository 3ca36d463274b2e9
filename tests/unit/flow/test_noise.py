import numpy as np
import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.flow.noise import MAX_SEED, checked_seeds, draw_noise, seeded_generators


def noise_of(seeds, channels, frames):
    return draw_noise(seeded_generators(seeds), channels, frames)[0]


def test_an_items_noise_depends_on_its_own_seed_and_length_only():
    batch = noise_of([3, MAX_SEED, 3, 4], 4, [9, 12, 9, 5])
    assert batch.shape == (4, 4, 12)
    assert torch.equal(batch[1:2], noise_of([MAX_SEED], 4, [12]))
    assert torch.equal(batch[3, :, :5], noise_of([4], 4, [5])[0])
    assert torch.equal(batch[0], batch[2])
    assert not torch.equal(batch[0], batch[1])


def test_noise_beyond_an_items_frames_is_zero_and_masked():
    noise, mask = draw_noise(seeded_generators([1, 2]), 2, [3, 5])
    assert mask.tolist() == [[True] * 3 + [False] * 2, [True] * 5]
    assert not noise[0, :, 3:].any()


def test_noise_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    wanted = torch.rand(1)
    torch.manual_seed(0)
    noise_of([1, 2], 2, [2, 2])
    assert torch.equal(torch.rand(1), wanted)


def test_any_whole_number_in_range_is_a_seed():
    assert checked_seeds(np.array([0, 7])) == [0, 7]
    assert all(type(seed) is int for seed in checked_seeds(np.array([0, 7])))


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 1.5, "1", True, None])
def test_anything_else_is_refused(seed):
    with pytest.raises(RequestError, match="expected a whole number in 0"):
        seeded_generators([seed])
