import numpy as np
import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.flow.noise import MAX_SEED, checked_seeds, noise_for_seeds


def test_an_item_depends_on_its_own_seed_only():
    batch = noise_for_seeds([3, 4, MAX_SEED], 2, 5)
    assert torch.equal(batch[1:2], noise_for_seeds([4], 2, 5))
    assert not torch.equal(batch[0], batch[1])


def test_any_whole_number_in_range_is_a_seed():
    assert checked_seeds(np.array([0, 7])) == [0, 7]
    assert all(type(seed) is int for seed in checked_seeds(np.array([0, 7])))


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 1.5, "1", True, None])
def test_anything_else_is_refused(seed):
    with pytest.raises(RequestError, match="expected a whole number in 0"):
        noise_for_seeds([seed], 2, 5)
